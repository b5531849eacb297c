import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { invalid } from '../base/index.ts';
import { parseMountOptions, parseRuntimeSpecText, type RuntimeSpec } from '../spec/index.ts';
import type { CommandCall } from './command.ts';
import { errorCode } from './error-code.ts';

/** A bundle's specification with every path in it absolute, and what is odd about it. */
export interface Bundle {
  path: string;
  spec: RuntimeSpec;
  rootfs: string;
  warnings: readonly string[];
}

/** @throws KeelsonError invalid `BUNDLE_MISSING`, `SPEC_INVALID`, with runc's texts for what is not there */
export function readBundle(call: CommandCall): Bundle {
  const { context, flags } = call;
  const path = resolve(context.folder, flags.value('bundle') ?? '.');
  if (!isFolder(path)) throw invalid('BUNDLE_MISSING', `chdir ${path}: no such file or directory`);
  const { spec, warnings } = parseRuntimeSpecText(readConfig(path));
  const rootfs = resolve(path, spec.root?.path ?? 'rootfs');
  if (!isFolder(rootfs)) {
    throw invalid('ROOTFS_MISSING', `invalid rootfs: stat ${rootfs}: no such file or directory`);
  }
  return {
    path,
    rootfs,
    warnings: warnings.map(({ path: field, message }) => `${field} ${message}`),
    spec: {
      ...spec,
      root: { ...spec.root, path: rootfs },
      mounts: (spec.mounts ?? []).map((mount) => {
        const bound = mount.type === 'bind' || parseMountOptions(mount.options ?? []).bind !== 'none';
        return bound && mount.source !== undefined ? { ...mount, source: resolve(path, mount.source) } : mount;
      }),
      linux: spec.linux,
    },
  };
}

function readConfig(bundle: string): string {
  try {
    return readFileSync(join(bundle, 'config.json'), 'utf8');
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cause;
    throw invalid('SPEC_MISSING', 'JSON specification file config.json not found');
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
