import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Engine, openEngine } from '../../../src/sdk/index.ts';
import { Keelson } from '../cli/keelson.ts';
import { configOf, shell } from '../engine/container-under-test.ts';
import { DockerRegistry } from './docker-registry.ts';
import { SENT, startStuck } from './stuck-front.ts';
import { makeImage, noise, writeLayout } from './test-image.ts';

const DAY = 24 * 60 * 60 * 1000;
const image = makeImage([Buffer.from('small'), noise(1 << 20, 'pruned')]);
const partName = (image.layers[1]?.digest ?? '').replace(':', '-');
let registry: DockerRegistry;
let keelson: Keelson;
let engine: Engine;

before(async () => {
  process.env.DOCKER_CONFIG = '/nonexistent';
  registry = await DockerRegistry.start();
  const name = `${registry.host}/pruned:1`;
  keelson = new Keelson();
  writeLayout(keelson.root, { [name]: image });
  engine = await openEngine({ root: keelson.root });
  await engine.images.push({ reference: name });
  await engine.images.remove(name);
});
after(async () => {
  await engine[Symbol.asyncDispose]();
  keelson[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

const parts = () => readdirSync(join(keelson.root, 'partial'));
/** As if it had been left so long ago. */
function age(name: string, days: number): void {
  const then = new Date(Date.now() - days * DAY);
  utimesSync(join(keelson.root, 'partial', name), then, then);
}
/** A part of something that nobody gets any more. */
function leave(digit: string, days: number): string {
  const name = `sha256-${digit.repeat(64)}`;
  writeFileSync(join(keelson.root, 'partial', name), Buffer.alloc(10_000));
  age(name, days);
  return name;
}

describe('prune', () => {
  test('takes nothing from a pull of another process, whatever its age, and all when that has gone', async () => {
    const { front, stuck } = await startStuck(registry.host, image);
    await using _front = front;
    const reference = `${front.host}/pruned:1`;
    const child = keelson.start(['pull', '-q', reference]);
    child.stdin.end();
    child.stdout.resume();
    child.stderr.resume();
    await stuck;
    age(partName, 100);
    const waste = leave('a', 0);
    const blobs = readdirSync(join(keelson.root, 'blobs/sha256'));
    assert.ok(blobs.length > 0);
    assert.deepEqual(await engine.images.prune({ all: true }), { untagged: [], deleted: [], bytes: 0 });
    assert.deepEqual(
      [parts().sort(), readdirSync(join(keelson.root, 'blobs/sha256'))],
      [[partName, waste].sort(), blobs],
    );
    child.kill('SIGKILL');
    await once(child, 'close');
    const { size } = statSync(join(keelson.root, 'partial', partName));
    assert.ok(size > 0 && size <= SENT);
    // The next pull still goes on from there.
    front.seen.length = 0;
    await engine.images.pull({ reference });
    assert.ok(front.seen.some(({ headers }) => headers.range === `bytes=${size}-`));
    assert.deepEqual(parts(), [waste]);
    const { bytes } = await engine.images.prune();
    assert.ok(bytes >= 10_000, `${bytes}`);
    assert.deepEqual(parts(), []);
    assert.equal((await engine.images.list()).length, 1);
    await engine.images.remove(reference);
  });

  test('rmi and pull take what was left long ago, and not what the next pull can use', async () => {
    const reference = `${registry.host}/pruned:1`;
    const [old, fresh] = [leave('b', 8), leave('c', 6)];
    await engine.images.pull({ reference });
    assert.deepEqual(parts(), [fresh]);
    assert.notEqual(leave('b', 8), fresh);
    assert.ok(parts().includes(old));
    await engine.images.remove(reference);
    assert.deepEqual(parts(), [fresh]);
    await engine.images.prune();
    assert.deepEqual(parts(), []);
  });

  test('leaves a running container what it is made of', {
    skip: process.getuid?.() !== 0 && 'needs root',
  }, async () => {
    await engine.images.tag('busybox', 'spare:1');
    const config = configOf(['sleep', '100'], { name: 'runs', image: 'spare:1' });
    await engine.run({ config, detach: true, stdio: { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } });
    const { layers } = await engine.inspect('runs');
    const { untagged } = await engine.images.prune({ all: true });
    assert.deepEqual(untagged, []);
    assert.ok(layers.lower.every((folder) => existsSync(join(folder, 'bin/busybox'))));
    const io = { stdio: { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } } as const;
    const command = ['/bin/busybox', 'cat', '/bin/busybox'];
    const exec = { command, env: [], tty: false, interactive: false, privileged: false };
    assert.equal((await (await engine.exec('runs', exec, io)).exited).exitCode, 0);
    assert.equal(await shell(engine, 'echo again', { image: 'spare:1' }), 'again\n');
    await engine.remove('runs', { force: true });
    await engine.images.prune({ all: true });
    assert.deepEqual(await engine.images.list(), []);
  });
});
