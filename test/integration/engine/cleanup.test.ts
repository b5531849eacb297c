import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanUpContainer, openEngine } from '../../../src/sdk/index.ts';
import { LeakCheck } from '../../leak-check.ts';
import { Keelson } from '../cli/keelson.ts';
import { configOf } from './container-under-test.ts';

const keelson = new Keelson();
let check: LeakCheck;
before(async () => {
  await keelson.output('run', '--rm', '--network', 'none', 'busybox', 'true');
  check = new LeakCheck(keelson.root);
});
after(() => keelson[Symbol.dispose]());

interface Row {
  phase: string;
  owner: string;
  state: { status: string; exitCode?: number; pid: number; folder: string };
}

function rows<T>(work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(keelson.root, 'db.sqlite'), { timeout: 10_000 });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

function rowOf(id: string): Row | undefined {
  const row = rows((db) => db.prepare('SELECT phase, owner, state FROM containers WHERE id = ?').get(id));
  return row && { phase: String(row.phase), owner: String(row.owner), state: JSON.parse(String(row.state)) };
}

async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = look();
    if (found !== undefined) return found;
    await sleep(25);
  }
  throw new Error(`${what}: not within ten seconds`);
}

/** As the monitor records it: no command of ours has run since the start. */
function ended(id: string): Promise<Row> {
  return until('the end is recorded', () => {
    const row = rowOf(id);
    return row?.phase === 'ready' && row.state.status === 'exited' ? row : undefined;
  });
}

const cleanups = (id: string) =>
  readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`internal-cleanup\0${keelson.root}\0${id}`)
      );
    } catch {
      return false;
    }
  });

const detached = async (...args: string[]) => {
  const id = (await keelson.output('run', '-d', ...args)).trim();
  check.note();
  return id;
};

/** A port that nobody has, and soon again nobody. */
async function freePort(port = 0): Promise<number> {
  const server = createServer().listen(port, '0.0.0.0');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

describe('a detached container is cleaned up at its end, without a further command', () => {
  test('it ends by itself: the status is recorded, all but the record is freed', async () => {
    const id = await detached('--userns', 'auto', 'busybox', 'sh', '-c', 'exit 5');
    const { state, owner } = await ended(id);
    assert.deepEqual([state.exitCode, state.pid, owner], [5, 0, '0:0']);
    await until('no program stays', () => (cleanups(id).length === 0 ? true : undefined));
    const left = () => check.left().filter((line) => !line.startsWith('file ') && !line.startsWith('row '));
    await until('only record and files stay', () => (left().length === 0 ? true : undefined));
    await keelson.output('rm', id);
    await check.assertClean();
  });

  test('killed, with --rm and a published port: nothing stays', async () => {
    const port = await freePort();
    const id = await detached('--rm', '-p', `${port}:80`, 'busybox', 'sleep', '60');
    const { pid } = rowOf(id)?.state ?? { pid: 0 };
    assert.ok(pid > 1);
    await assert.rejects(freePort(port), { code: 'EADDRINUSE' });
    process.kill(pid, 'SIGKILL');
    await check.assertClean();
    assert.equal(await freePort(port), port);
  });

  test('over before the command that starts it: nothing stays, and that command succeeds', async () => {
    for (let i = 0; i < 3; i++) {
      assert.match(await detached('--rm', '--network', 'none', 'busybox', 'true'), /^[0-9a-f]{64}$/);
    }
    await check.assertClean();
  });

  test('stopped: the status is the same for stop, wait and the record, and ports are free at once', async () => {
    const port = await freePort();
    const script = 'trap "exit 3" TERM; while :; do sleep 0.05; done';
    const id = await detached('-p', `${port}:80`, 'busybox', 'sh', '-c', script);
    const waiting = keelson.output('wait', id);
    await keelson.output('stop', id);
    assert.equal(await freePort(port), port);
    assert.equal(await waiting, '3\n');
    assert.equal((await ended(id)).state.exitCode, 3);
    await keelson.output('rm', id);
    await check.assertClean();
  });

  test('wait tells the status of a container that removes itself', async () => {
    const id = await detached('--rm', '--network', 'none', 'busybox', 'sh', '-c', 'sleep 1; exit 7');
    await using engine = await openEngine({ root: keelson.root });
    assert.equal((await engine.wait(id)).exitCode, 7);
    await check.assertClean();
  });
});

describe('engines that see the same end', () => {
  test('one of them records it, and all tell the same', async () => {
    await using engine = await openEngine({ root: keelson.root });
    const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
    for (const autoRemove of [false, true]) {
      const config = configOf(['sh', '-c', 'sleep 0.5; exit 6'], { autoRemove });
      const { id } = await engine.run({ config, detach: true, stdio: quiet });
      check.note();
      const others = await Promise.all([1, 2].map(() => openEngine({ root: keelson.root })));
      const waits = [engine, ...others].map((each) => each.wait(id));
      const end = Promise.all(waits).then((exits) => exits.map((e) => e.exitCode));
      await until('the end', () => (rowOf(id)?.state.status === 'running' ? undefined : true));
      await Promise.all([1, 2].map(() => cleanUpContainer(keelson.root, id)));
      assert.deepEqual(await end, [6, 6, 6]);
      if (!autoRemove) await Promise.all(others.map((each) => each.remove(id).catch(onlyGone)));
      for (const each of others) await each[Symbol.asyncDispose]();
      await check.assertClean();
    }
  });

  test('what one began that died, the next command finishes', async () => {
    for (const phase of ['ending', 'removing']) {
      const id = await detached('--network', 'none', 'busybox', 'sh', '-c', 'exit 4');
      await ended(id);
      rows((db) => db.prepare('UPDATE containers SET phase = ?, owner = ? WHERE id = ?').run(phase, '1:1', id));
      const shown = await keelson.output('ps', '-aq', '--no-trunc');
      assert.equal(shown.trim(), phase === 'ending' ? id : '');
      if (phase === 'ending') assert.equal(rowOf(id)?.phase, 'ready');
      if (phase === 'ending') await keelson.output('rm', id);
    }
    await check.assertClean();
  });

  test('a container or data root that has gone is no error, and does not come back', async () => {
    await cleanUpContainer(keelson.root, '0'.repeat(64));
    await cleanUpContainer(join(keelson.root, 'missing'), '0'.repeat(64));
    assert.equal(readdirSync(keelson.root).includes('missing'), false);
  });
});

function onlyGone(error: unknown): void {
  assert.equal(error instanceof Error && 'code' in error && error.code, 'CONTAINER_NOT_FOUND');
}
