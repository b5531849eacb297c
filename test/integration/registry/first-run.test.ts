import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { ContainerConfig } from '../../../src/sdk/index.ts';
import { configOf, runToEnd, temporaryEngine } from '../engine/container-under-test.ts';
import { DockerRegistry } from './docker-registry.ts';
import { noise } from './test-image.ts';

const MEBIBYTE = 1 << 20;
const LARGE = 32 * MEBIBYTE;
/** For records, the log, and the container's own files of its network. */
const LITTLE = MEBIBYTE;

let registry: DockerRegistry;
before(async () => {
  registry = await DockerRegistry.start();
  await publish(`${registry.host}/large:1`);
});
after(() => registry[Symbol.asyncDispose]());

/** An image with a large file, at the registry alone. */
async function publish(name: string): Promise<void> {
  await using engine = await temporaryEngine();
  await runToEnd(engine, configOf(['true']));
  const [busybox = ''] = (await engine.images.inspect('busybox')).folders;
  const folder = mkdtempSync(join(tmpdir(), 'keelson-first-run-'));
  try {
    writeFileSync(join(folder, 'large'), noise(LARGE, 'large'));
    const words = ['-c', '--owner', '0', '--group', '0', '-C', busybox, '.', '-C', folder, 'large'];
    const archive = execFileSync('tar', words, { maxBuffer: 2 * LARGE });
    await engine.images.import(Readable.from([archive]), { name });
    await engine.images.push({ reference: name });
  } finally {
    rmSync(folder, { recursive: true }); // no-mount-below: a folder of the test's own
  }
}

/** Of all files below a folder, each once. */
function bytesBelow(folder: string, seen = new Set<number>()): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sum + bytesBelow(path, seen);
    const { ino, size } = lstatSync(path);
    if (seen.has(ino)) return sum;
    seen.add(ino);
    return sum + size;
  }, 0);
}

/** What this program and those of its children that have ended have handed to write(2) and its like (proc(5)). */
function written(): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

describe('the first run after a pull makes no copy', () => {
  const kinds: [name: string, changes: Partial<ContainerConfig>][] = [
    ['as it is', {}],
    ['in a user namespace', { namespaces: { user: { mode: 'auto' } } }],
    ['as an ordinary user', { user: '1000:1000' }],
  ];
  for (const [name, changes] of kinds) {
    test(name, async () => {
      await using engine = await temporaryEngine();
      const image = `${registry.host}/large:1`;
      await engine.images.pull({ reference: image });
      const before = { bytes: bytesBelow(engine.root), written: written() };
      assert.ok(before.bytes > 2 * LARGE, 'the archive of the layer, and the layer');
      const script = 'stat -c "%u:%g %s" /large; read line; cat /proc/self/uid_map';
      const container = await engine.run({
        config: configOf(['sh', '-c', script], { image, autoRemove: false, interactive: true, ...changes }),
        detach: false,
        stdio: { stdin: 'pipe', stdout: 'pipe', stderr: 'ignore' },
      });
      const output = container.stdout ? text(container.stdout) : '';
      // While it runs, and after its end.
      assert.ok(bytesBelow(engine.root) - before.bytes < LITTLE);
      container.stdin?.end('\n');
      assert.equal((await container.exited).exitCode, 0);
      const [owner, map = ''] = (await output).split('\n');
      assert.equal(owner, `0:0 ${LARGE}`);
      assert.equal(/^ *0 +0 /.test(map), changes.namespaces === undefined, map);
      assert.ok(bytesBelow(engine.root) - before.bytes < LITTLE);
      assert.ok(written() - before.written < LITTLE, String(written() - before.written));
    });
  }
});
