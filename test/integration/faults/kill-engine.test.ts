import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Engine, openEngine } from '../../../src/sdk/index.ts';
import { LeakCheck } from '../../leak-check.ts';
import { configOf, runToEnd } from '../engine/container-under-test.ts';
import { ACTS, type Act } from './acts.ts';

const program = fileURLToPath(new URL('die-at.ts', import.meta.url));
/** How many moments of each act are tried when not all are. */
const SAMPLES = process.env.KEELSON_FAULTS === 'all' ? Number.POSITIVE_INFINITY : 3;

const root = mkdtempSync(join(tmpdir(), 'keelson-kill-'));
before(async () => {
  mkdirSync(join(root, 'volumes'), { mode: 0o700 });
  await withEngine((engine) => runToEnd(engine, configOf(['true'])));
});
after(() => rmSync(root, { recursive: true }));

interface Ended {
  signal: string | undefined;
  errors: string;
  /** Undefined when it was killed. */
  moments: number | undefined;
  /** Agents and others that it started. */
  processes: number[];
}

async function withEngine<Result>(work: (engine: Engine) => Promise<Result>): Promise<Result> {
  await using engine = await openEngine({ root });
  return await work(engine);
}

/** One engine prepares, one acts and dies at moment `at` (0: it does not), and one is the next command. */
async function round(name: string, act: Act, at: number): Promise<Ended> {
  const check = new LeakCheck(root);
  const id = act.prepare ? await withEngine(act.prepare) : '';
  check.note();
  const ended = await runAct(name, id, { at, check });
  check.note();
  await withEngine(async (engine) => {
    await act.verify?.(engine, id, root);
    // What runs on by right.
    for (const state of await engine.list({ all: true })) await engine.remove(state.id, { force: true });
  });
  await check.assertClean();
  const left = () => ended.processes.filter((pid) => existsSync(`/proc/${pid}`));
  for (let tries = 0; tries < 400 && left().length > 0; tries++) await sleep(5);
  assert.deepEqual(left(), [], 'processes that it started');
  return ended;
}

function runAct(name: string, id: string, { at, check }: { at: number; check: LeakCheck }): Promise<Ended> {
  const args = ['--disable-warning=ExperimentalWarning', program, root, name, id, String(at)];
  return new Promise((resolve) => {
    const env = { ...process.env, KEELSON_ROOT: root };
    execFile(process.execPath, args, { env }, (error, output, errors) => {
      const told = (word: string) =>
        [...output.matchAll(new RegExp(`^${word} (\\w+)$`, 'gm'))].map(([, of = '']) => of);
      for (const container of told('id')) check.watch(container);
      const moments = told('moments').map(Number)[0];
      resolve({ signal: error?.signal ?? undefined, errors, moments, processes: told('process').map(Number) });
    });
  });
}

function chosen(total: number): number[] {
  const count = Math.min(SAMPLES, total);
  return Array.from({ length: count }, (_, i) => 1 + Math.floor(((i + 0.5) * total) / count));
}

describe('an engine that is killed leaves nothing once the next command has run', () => {
  for (const [name, act] of Object.entries(ACTS)) {
    test(name, async () => {
      const whole = await round(name, act, 0);
      assert.equal(whole.errors, '');
      const total = whole.moments ?? 0;
      assert.ok(total > 5, `only ${total} moments`);
      for (const at of chosen(total)) {
        const { signal, errors } = await round(name, act, at).catch((error: Error) =>
          assert.fail(`moment ${at} of ${total}: ${error.message}`),
        );
        // A run can have fewer moments than another: answers come in one piece or in two.
        if (signal !== 'SIGKILL') assert.equal(errors, '', `moment ${at} of ${total}`);
      }
    });
  }
});
