import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Engine, openEngine } from '../../../src/sdk/index.ts';
import { LeakCheck } from '../../leak-check.ts';
import { ACTS, type Act } from './acts.ts';
import { BALLAST } from './ballast.ts';

const program = fileURLToPath(new URL('fault-at.ts', import.meta.url));
/** How many moments of each act are tried when not all are. */
const SAMPLES = { die: 2, fill: 1 };
const ALL = process.env.KEELSON_FAULTS === 'all';

/** Milliseconds for one act, on a busy machine too. */
const LONGEST = 60_000;

interface Ended {
  signal: string | undefined;
  errors: string;
  /** Undefined when it was killed. */
  moments: number | undefined;
  /** Agents and others that it started. */
  processes: number[];
}

/** Lets an act of `acts.ts` meet a fault at each of its moments, one after the other, and looks for what is left. */
export async function meetFaults(root: string, name: string, fault: 'die' | 'fill'): Promise<void> {
  const act = ACTS[name] ?? assert.fail(name);
  const whole = await round(root, { name, act, fault, at: 0 });
  assert.equal(whole.errors, '');
  const total = whole.moments ?? 0;
  assert.ok(total > 5, `only ${total} moments`);
  for (const at of chosen(total, ALL ? total : SAMPLES[fault])) {
    const { signal, errors } = await round(root, { name, act, fault, at }).catch((error: Error) =>
      assert.fail(`moment ${at} of ${total}: ${error.message}`),
    );
    // A run can have fewer moments than another: answers come in one piece or in two.
    if (signal !== 'SIGKILL') assert.equal(errors, '', `moment ${at} of ${total}`);
  }
}

export async function withEngine<Result>(root: string, work: (engine: Engine) => Promise<Result>): Promise<Result> {
  await using engine = await openEngine({ root });
  return await work(engine);
}

interface Round {
  name: string;
  act: Act;
  fault: 'die' | 'fill';
  at: number;
}

/** One engine prepares, one acts and meets the fault, and one is the next command. */
async function round(root: string, { name, act, fault, at }: Round): Promise<Ended> {
  const check = new LeakCheck(root);
  const id = act.prepare ? await withEngine(root, act.prepare) : '';
  check.note();
  const ended = await runAct([root, name, id, fault, String(at)], check);
  rmSync(join(root, BALLAST), { force: true });
  check.note();
  await withEngine(root, async (engine) => {
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

function runAct([root = '', ...rest]: readonly string[], check: LeakCheck): Promise<Ended> {
  const args = ['--disable-warning=ExperimentalWarning', program, root, ...rest];
  return new Promise((resolve) => {
    const env = { ...process.env, KEELSON_ROOT: root };
    execFile(process.execPath, args, { env, timeout: LONGEST }, (error, output, errors) => {
      const told = (word: string) =>
        [...output.matchAll(new RegExp(`^${word} (\\w+)$`, 'gm'))].map(([, of = '']) => of);
      for (const container of told('id')) check.watch(container);
      const moments = told('moments').map(Number)[0];
      const hung = error?.signal === 'SIGTERM' ? 'it hung\n' : '';
      resolve({
        signal: error?.signal ?? undefined,
        errors: hung + errors,
        moments,
        processes: told('process').map(Number),
      });
    });
  });
}

/** Moments that lie evenly among all. */
function chosen(total: number, most: number): number[] {
  const count = Math.min(most, total);
  return Array.from({ length: count }, (_, i) => 1 + Math.floor(((i + 0.5) * total) / count));
}
