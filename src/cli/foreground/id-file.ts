import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';

/** A file for a container's id: made before the container, and gone again when there is none. */
export interface IdFile extends Disposable {
  write(id: string): void;
}

/** @throws KeelsonError `CIDFILE` when it exists, as Docker has it, or cannot be made */
export function openIdFile(path: string): IdFile {
  let file: number | undefined;
  let written = false;
  try {
    file = openSync(path, 'wx', 0o644);
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new KeelsonError(
      exists ? 'conflict' : 'unavailable',
      `--cidfile ${path}: ${exists ? 'it exists already' : message}`,
      {
        code: 'CIDFILE',
        hint: exists ? 'remove it if its container has gone' : undefined,
        cause,
      },
    );
  }
  const descriptor = file;
  return {
    write(id) {
      writeSync(descriptor, id);
      written = true;
    },
    [Symbol.dispose]() {
      closeSync(descriptor);
      if (!written) rmSync(path, { force: true });
    },
  };
}
