import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewTarEntry } from '../../../src/image/tar/tar-writer.ts';
import { writeTar } from '../../../src/image/tar/tar-writer.ts';
import { unpackLayer } from '../../../src/image/unpack/unpack-layer.ts';
import type { Kernel } from '../../../src/kernel/index.ts';
import { AT_FDCWD, O_DIRECTORY, O_RDONLY, startAgent } from '../../../src/kernel/index.ts';
import { isRoot } from './temporary-store.ts';

type Whiteouts = 'mark' | 'remove' | 'ignore';

/** A folder for one test, with an agent to unpack into `root`, which lies beside a file that nobody may touch. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'keelson-unpack-'));
  readonly root = join(this.folder, 'root');
  readonly outside = join(this.folder, 'outside');
  readonly agent = startAgent();

  constructor() {
    mkdirSync(this.root);
    mkdirSync(this.outside);
    writeFileSync(join(this.outside, 'precious'), 'untouched');
  }

  async unpack(layer: Buffer | NewTarEntry[], whiteouts: Whiteouts = 'ignore', lower: string[] = []): Promise<void> {
    await this.unpackStream(chunks(Array.isArray(layer) ? writeTar(layer) : layer), whiteouts, lower);
  }

  async unpackStream(
    layer: AsyncIterable<Buffer>,
    whiteouts: Whiteouts = 'ignore',
    lower: string[] = [],
  ): Promise<void> {
    const { kernel } = this.agent;
    const open = (path: string) => kernel.openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    const options = {
      root: await open(this.root),
      lower: await openAll(kernel, lower),
      whiteouts,
      privileged: isRoot,
      // A tree that has something already has folders of others.
      ownedByRoot: isRoot && readdirSync(this.root).length === 0,
    };
    await unpackLayer(kernel, layer, options);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'latin1');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.stop();
    assert.deepEqual(readdirSync(this.outside), ['precious']);
    assert.equal(readFileSync(join(this.outside, 'precious'), 'utf8'), 'untouched');
    rmSync(this.folder, { recursive: true });
  }
}

async function openAll(kernel: Kernel, paths: string[]): Promise<number[]> {
  return Promise.all(paths.map(async (path) => await kernel.openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY)));
}

async function* chunks(archive: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < archive.length; at += 65_536) yield archive.subarray(at, at + 65_536);
}

export const file = (name: string, text = name): NewTarEntry => ({ type: 'file', name, content: Buffer.from(text) });
export const folder = (name: string): NewTarEntry => ({ type: 'folder', name });
export const symlink = (name: string, link: string): NewTarEntry => ({ type: 'symlink', name, link });
