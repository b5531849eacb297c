import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { RuntimeSpec } from '../../../src/spec/index.ts';
import { specOf } from '../differential/bundles.ts';
import { type BundleResult, library } from '../differential/drivers.ts';
import { makeRoot } from '../differential/make-root.ts';

/** Runs scripts in containers of one busybox root, each with a specification of its own. */
export interface Busybox {
  /** For whatever the test needs beside the root; it goes when the tests are over. */
  folder: string;
  root: string;
  run(script: string, change?: (spec: RuntimeSpec) => RuntimeSpec): Promise<BundleResult>;
}

export function openBusybox(name: string): Busybox {
  const folder = mkdtempSync(join(tmpdir(), `keelson-${name}-`));
  // no-mount-below: the containers, whose mounts were in namespaces of their own, have gone
  after(() => rmSync(folder, { recursive: true }));
  const root = makeRoot(join(folder, 'root'));
  let count = 0;
  return {
    folder,
    root,
    run(script, change = (spec) => spec) {
      const id = `${name}-${process.pid}-${count++}`;
      const applets = `/bin/busybox --install -s /tmp; PATH=/tmp:/bin; ${script}`;
      return library.run(specOf({ name: id, script: applets, change }, root), id);
    },
  };
}

/** Changes `linux` and leaves the rest. */
export function withLinux(linux: Partial<NonNullable<RuntimeSpec['linux']>>): (spec: RuntimeSpec) => RuntimeSpec {
  return (spec) => ({ ...spec, linux: { ...spec.linux, ...linux } });
}
