import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A root file system of busybox alone, with its shell an account file, and the usual empty folders. */
export function makeRoot(root: string): string {
  for (const path of ['bin', 'tmp', 'proc', 'dev', 'sys', 'data', 'etc'])
    mkdirSync(join(root, path), { recursive: true });
  execFileSync('cp', ['/bin/busybox', join(root, 'bin')]);
  execFileSync('ln', ['-s', 'busybox', join(root, 'bin/sh')]);
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\nx:x\n9:x:1:1::/one:\nseven:x:7:8::/home/seven:/bin/sh\n',
  );
  return root;
}
