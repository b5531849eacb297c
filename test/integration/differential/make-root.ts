import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** A root file system of busybox alone, with its shell and the usual empty folders. */
export function makeRoot(root: string): string {
  for (const path of ['bin', 'tmp', 'proc', 'dev', 'sys', 'data']) mkdirSync(join(root, path), { recursive: true });
  execFileSync('cp', ['/bin/busybox', join(root, 'bin')]);
  execFileSync('ln', ['-s', 'busybox', join(root, 'bin/sh')]);
  return root;
}
