import { copyFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The programs that users call, as a package has them: without the sources that a checkout compares its bundles with. */
export interface Installed {
  keelson: string;
  runtime: string;
}

/** `folder`: ours, to put them in. */
export function installIn(folder: string): Installed {
  const checkout = fileURLToPath(new URL('..', import.meta.url));
  const root = join(folder, 'installed');
  mkdirSync(join(root, 'build'), { recursive: true });
  cpSync(join(checkout, 'bin'), join(root, 'bin'), { recursive: true });
  copyFileSync(join(checkout, 'build/keelson-runtime'), join(root, 'build/keelson-runtime'));
  for (const name of ['dist', 'node_modules']) symlinkSync(join(checkout, name), join(root, name));
  return { keelson: join(root, 'bin/keelson'), runtime: join(root, 'build/keelson-runtime') };
}
