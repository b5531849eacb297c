import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../registry/free-port.ts';
import type { World } from './flag-case.ts';

/** The files of the host that cases name. */
export class FlagFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'keelson-flags-'));

  constructor() {
    writeFileSync(join(this.path, 'env'), '# a comment\nFROM_FILE=of the file\n');
    writeFileSync(join(this.path, 'labels'), 'filed=yes\n');
    mkdirSync(join(this.path, 'data'));
    writeFileSync(join(this.path, 'data', 'file'), 'of the host\n');
    const root = join(this.path, 'root');
    mkdirSync(join(root, 'bin'), { recursive: true });
    const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
    copyFileSync(busybox, join(root, 'bin', 'sh'));
    copyFileSync(busybox, join(root, 'bin', 'cat'));
    writeFileSync(join(root, 'marker'), 'of the root\n');
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true }); // no-mount-below: containers mount in namespaces of their own
  }
}

let made = 0;

/** A world for one more container. */
export async function newWorld(folder: FlagFolder): Promise<World> {
  made += 1;
  return {
    folder: folder.path,
    port: await freePort(),
    octet: 2 + (process.pid % 250),
    name: `flags-${process.pid}-${made}`,
  };
}
