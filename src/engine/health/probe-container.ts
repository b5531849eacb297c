import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { showDuration } from '../../base/index.ts';
import { type ExitEvent, type Launched, shellExitCode, signalProcesses } from '../../runtime/index.ts';
import type { ContainerState, ProbeResult } from '../../spec/index.ts';
import { containerCgroup } from '../container-cgroup.ts';
import type { EngineContext } from '../engine-context.ts';
import { launchExec } from '../exec-in-container.ts';
import { sessionOf } from '../process-identity.ts';
import type { HealthPlan } from './health-plan.ts';
import { LimitedOutput } from './limited-output.ts';

const IO = { stdio: { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' }, endsWithUs: true } as const;
/** What the image's shell is where it names none. */
const SHELL = ['/bin/sh', '-c'];
const SIGKILL = 9;
const LONGEST_TIMER = 2 ** 31 - 1;
/** How often those of a probe are looked for that fork while they are ended. */
const ATTEMPTS = 20;

interface Probed {
  state: ContainerState;
  plan: HealthPlan;
  /** Told of its number, which is that of its session too. */
  onStarted?: ((pid: number) => void) | undefined;
}

/**
 * Runs a container's check once, as its user, with its environment, in its folder. Never fails: a probe that cannot be
 * started is one that found something.
 */
export async function probeContainer(
  context: EngineContext,
  { state, plan, onStarted }: Probed,
  signal?: AbortSignal,
): Promise<ProbeResult> {
  const start = Date.now();
  try {
    const found = await probe(context, { state, plan, onStarted }, signal);
    return { start, end: Date.now(), ...found };
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error);
    return { start, end: Date.now(), exitCode: -1, output };
  }
}

async function probe(
  context: EngineContext,
  { state, plan, onStarted }: Probed,
  signal: AbortSignal | undefined,
): Promise<Pick<ProbeResult, 'exitCode' | 'output'>> {
  const command = plan.shell ? [...(await shellOf(context, state)), ...plan.words] : [...plan.words];
  const config = { command, env: [], tty: false, interactive: false, privileged: false };
  const launched = await launchExec(context, state, config, IO);
  try {
    onStarted?.(launched.pid);
    const output = new LimitedOutput();
    const over = collect(launched, output);
    over.catch(() => undefined); // nobody asks for it after the limit
    using limit = limitOf(plan.timeout, signal);
    const event = await Promise.race([over, limit.reached]);
    if (event) return { exitCode: shellExitCode(event), output: String(output) };
    await endSession(state, launched.pid);
    const printed = String(output);
    const told = `Health check exceeded timeout (${showDuration(plan.timeout)})`;
    return { exitCode: -1, output: printed === '' ? told : `${told}: ${printed}` };
  } finally {
    // What it left behind may hold its streams for as long as it likes.
    launched.monitor.release();
  }
}

async function shellOf(context: EngineContext, { imageId }: ContainerState): Promise<readonly string[]> {
  if (imageId === undefined) return SHELL;
  const { Shell } = (await context.images.resolve(imageId)).config.config ?? {};
  return Shell?.length ? Shell : SHELL;
}

/** Resolves at the end of the probe and of all that it printed. */
async function collect({ stdout, stderr, exited }: Launched, output: LimitedOutput): Promise<ExitEvent> {
  const take = (stream: Readable | undefined) => {
    stream?.on('error', () => undefined).on('data', (chunk: Buffer) => output.add(chunk));
    return stream && finished(stream, { writable: false }).catch(() => undefined);
  };
  const [event] = await Promise.all([exited, take(stdout), take(stderr)]);
  return event;
}

/** Reached after so many milliseconds, or with the signal. */
function limitOf(milliseconds: number, signal: AbortSignal | undefined): { reached: Promise<undefined> } & Disposable {
  const { promise: reached, resolve } = Promise.withResolvers<undefined>();
  const end = () => resolve(undefined);
  const timer = setTimeout(end, Math.min(milliseconds, LONGEST_TIMER)).unref();
  signal?.addEventListener('abort', end);
  if (signal?.aborted) end();
  const dispose = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  };
  return { reached, [Symbol.dispose]: dispose };
}

/** Kills a probe and what it has started: all that is in its session, and in its container. */
export async function endSession(state: ContainerState, leader: number): Promise<void> {
  const isMeant = (pid: number) => sessionOf(pid) === leader;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const pids = containerCgroup(state).pids().filter(isMeant);
    if (pids.length === 0) return;
    await signalProcesses(pids, SIGKILL, isMeant);
    await sleep(attempt);
  }
}
