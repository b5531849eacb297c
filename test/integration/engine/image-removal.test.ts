import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openContext } from '../../../src/engine/engine-context.ts';
import { whileRemoving } from '../../../src/engine/images/image-removals.ts';
import { AT_FDCWD, LOCK_EX, O_CREAT, O_RDWR, startAgent } from '../../../src/kernel/index.ts';
import { openEngine } from '../../../src/sdk/index.ts';
import { configOf, runToEnd, temporaryEngine } from './container-under-test.ts';

const NAME = 'fleeting:1';
const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

let engine: Awaited<ReturnType<typeof temporaryEngine>>;
let other: Awaited<ReturnType<typeof openEngine>>;
let folder = '';
let made = 0;
before(async () => {
  engine = await temporaryEngine();
  other = await openEngine({ root: engine.root });
  await runToEnd(engine, configOf(['true']));
  folder = mkdtempSync(join(tmpdir(), 'keelson-removal-'));
});
after(async () => {
  await other[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true }); // no-mount-below: a folder of the test's own
});

beforeEach(provide);

/** An image with a layer that no other has. */
async function provide(): Promise<void> {
  made += 1;
  writeFileSync(join(folder, 'own'), `${made}\n`);
  const [busybox = ''] = (await engine.images.inspect('busybox')).folders;
  const archive = execFileSync('tar', ['-c', '-C', busybox, '.', '-C', folder, 'own'], { maxBuffer: 1 << 26 });
  await engine.images.import(Readable.from([archive]), { name: NAME });
}

const start = () =>
  engine.run({ config: configOf(['sleep', '100'], { image: NAME, autoRemove: false }), detach: true, stdio: quiet });
const remove = () => other.images.remove(NAME, { force: true });
const isHere = async () => (await engine.images.list()).some(({ name }) => name === NAME);

/** All of it can be read, from its layers. */
async function isWhole(): Promise<void> {
  const { stdout } = await runToEnd(engine, configOf(['cat', '/own'], { image: NAME }));
  assert.equal(stdout, `${made}\n`);
}

/** Holds the lock of the index, before which a removal waits. */
async function heldIndex() {
  const agent = startAgent();
  const lock = agent.kernel.openat(AT_FDCWD, join(engine.root, 'index.lock'), O_RDWR | O_CREAT, 0o600);
  await agent.kernel.flock(lock, LOCK_EX);
  return agent;
}

/** Somebody has said that the image is to be removed. */
async function announced(): Promise<void> {
  using store = openContext(engine.root).store;
  while (store.removals.all().length === 0) await sleep(1);
}

describe('an image that is removed while a container of it is made', { timeout: 120_000 }, () => {
  test('the container was there first: the image stays', async () => {
    const held = await heldIndex();
    const removal = remove();
    removal.catch(() => undefined);
    await announced();
    const starting = start();
    while ((await engine.list({ all: true })).length === 0) await sleep(1);
    await held[Symbol.asyncDispose]();
    await assert.rejects(removal, { code: 'IMAGE_IN_USE' });
    const { id } = await starting;
    await isWhole();
    await engine.remove(id, { force: true });
    await remove();
  });

  test('the removal was first: there is no container', async () => {
    const context = openContext(engine.root);
    using _store = context.store;
    const { id } = await engine.images.inspect(NAME);
    const starting = Promise.withResolvers<unknown>();
    await whileRemoving(context, [id], () =>
      context.images.remove(NAME, {
        // It has looked, and seen nobody.
        userOf: () => {
          start().then(() => starting.reject(new Error('it started')), starting.resolve);
          return undefined;
        },
      }),
    );
    assert.match(String(await starting.promise), /there is no image|has just been removed/);
    assert.deepEqual(await engine.list({ all: true }), []);
    assert.equal(await isHere(), false);
  });

  test('whoever is faster: one of both is refused, and nothing is lost', () =>
    race(start, async () => {
      await isWhole();
      for (const { id } of await engine.list({ all: true })) await engine.remove(id, { force: true });
    }));
});

describe('an image that is removed while it is mounted', { timeout: 120_000 }, () => {
  const mount = () => engine.images.mount(NAME);

  test('the mount was there first: the image stays', async () => {
    const held = await heldIndex();
    const removal = remove();
    removal.catch(() => undefined);
    await announced();
    const mounting = mount();
    while ((await engine.images.mounted()).length === 0) await sleep(1);
    await held[Symbol.asyncDispose]();
    await assert.rejects(removal, { code: 'IMAGE_IN_USE' });
    const { path } = await mounting;
    assert.equal(readFileSync(join(path, 'own'), 'utf8'), `${made}\n`);
    await engine.images.unmount(NAME);
    await remove();
  });

  test('the removal was first, with all that the image was made of: it is not mounted', async () => {
    // A mount waits for the others, and has found the image by then.
    await using held = startAgent();
    const lock = held.kernel.openat(AT_FDCWD, join(engine.root, 'mounts.lock'), O_RDWR | O_CREAT, 0o600);
    await held.kernel.flock(lock, LOCK_EX);
    const mounting = mount();
    mounting.catch(() => undefined);
    await sleep(0);
    await remove();
    await held[Symbol.asyncDispose]();
    await assert.rejects(mounting, { code: 'IMAGE_NOT_FOUND', message: /has just been removed/ });
    assert.deepEqual(await engine.images.mounted(), []);
  });

  test('whoever is faster: one of both is refused, and nothing is lost', () =>
    race(mount, async () => {
      const [{ path } = { path: '' }] = await engine.images.mounted();
      assert.equal(readFileSync(join(path, 'own'), 'utf8'), `${made}\n`);
      await engine.images.unmount(NAME);
    }));
});

test('two that take one of two names each: the image of a container stays', async () => {
  await engine.images.tag(NAME, 'second:1');
  const { id } = await start();
  const held = await heldIndex();
  const removals = Promise.allSettled([engine.images.remove(NAME), other.images.remove('second:1')]);
  await announced();
  await held[Symbol.asyncDispose]();
  const refused = (await removals).filter((one) => one.status === 'rejected');
  assert.deepEqual(
    refused.map(({ reason }) => reason.code),
    ['IMAGE_IN_USE'],
  );
  const { imageId = '' } = await engine.inspect(id);
  await engine.images.inspect(imageId);
  await engine.remove(id, { force: true });
  await engine.images.remove(imageId, { force: true });
});

/** Again and again, each of both first in turn; `check` looks at what was made, and takes it away. */
async function race(use: () => Promise<unknown>, check: () => Promise<void>): Promise<void> {
  for (let round = 0; round < 16; round++) {
    if (!(await isHere())) await provide();
    const acts = round % 2 === 0 ? [use(), remove()] : [remove(), use()];
    const ended = await Promise.allSettled(acts);
    const codes = ended.map((one) => (one.status === 'rejected' ? one.reason.code : 'done'));
    const [used, removed] = round % 2 === 0 ? codes : codes.toReversed();
    if (used === 'done') {
      assert.equal(removed, 'IMAGE_IN_USE');
      await check();
    } else {
      assert.deepEqual([used, removed], ['IMAGE_NOT_FOUND', 'done']);
      assert.equal(await isHere(), false);
    }
  }
  if (await isHere()) await remove();
}
