import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type Cgroup, locateCgroup } from '../../../src/runtime/cgroups/cgroup.ts';
import type { Resources } from '../../../src/spec/index.ts';
import { host } from './cgroup-under-test.ts';

const run = promisify(execFile);

/** Has runc create a container with these limits, which waits in its cgroup. Rejects when runc does. */
export async function runcCgroup(t: TestContext, resources: Resources): Promise<Cgroup> {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-runc-'));
  const name = `keelson-test-${randomBytes(6).toString('hex')}`;
  mkdirSync(join(folder, 'rootfs'));
  // Never run, but runc looks whether it is there.
  writeFileSync(join(folder, 'rootfs/program'), '', { mode: 0o755 });
  const config = {
    ociVersion: '1.0.2',
    process: { args: ['/program'], cwd: '/', user: { uid: 0, gid: 0 } },
    root: { path: 'rootfs' },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: { cgroupsPath: `/${name}/inside`, resources, namespaces: [{ type: 'pid' }, { type: 'mount' }] },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const runc = (...args: string[]) => run('runc', ['--root', join(folder, 'state'), ...args]);
  t.after(async () => {
    await runc('delete', '--force', name).catch(() => undefined);
    for (const { mountPoint } of host.hierarchies) {
      for (const path of [`${name}/inside`, name]) removeIfThere(join(mountPoint, path));
    }
    rmSync(folder, { recursive: true });
  });
  // Into a file: the container keeps runc's own descriptors, so a pipe would never end.
  const create = 'exec runc --root "$1/state" create --bundle "$1" "$2" </dev/null >"$1/log" 2>&1';
  await run('sh', ['-c', create, 'sh', folder, name]).catch(() => {
    throw new Error(`runc: ${readFileSync(join(folder, 'log'), 'utf8')}`);
  });
  return locateCgroup(host, `/${name}/inside`);
}

function removeIfThere(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // not there
  }
}
