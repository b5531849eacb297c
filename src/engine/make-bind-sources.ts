import { existsSync, mkdirSync } from 'node:fs';
import { KeelsonError } from '../base/index.ts';
import type { MountConfig } from '../spec/index.ts';

/** `-v` makes the host's folder where it is missing, `--mount` does not (Docker's rule). */
export function makeBindSources(mounts: readonly MountConfig[]): void {
  for (const { type, source, createSource } of mounts) {
    if (type !== 'bind' || !createSource || source === undefined) continue;
    try {
      mkdirSync(source, { recursive: true });
    } catch (cause) {
      // Something else than a folder can be bound too.
      if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') continue;
      throw new KeelsonError(
        'not-found',
        `cannot make ${source} to mount it: ${cause instanceof Error ? cause.message : cause}`,
        {
          code: 'MOUNT_SOURCE_MISSING',
          hint: 'make it first, or check the path for a typing error',
          cause,
        },
      );
    }
  }
}

/** What a start makes, volumes included, as far as it is not there yet. */
export function sourcesMadeFor(mounts: readonly MountConfig[], volumeData: (name: string) => string): string[] {
  const made = mounts.flatMap(({ type, source = '', createSource }) =>
    type === 'volume' ? [volumeData(source)] : type === 'bind' && createSource ? [source] : [],
  );
  return made.filter((path) => !existsSync(path));
}
