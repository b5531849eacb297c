import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../../base/index.ts';
import {
  type Kernel,
  type LentAgent,
  type LentRuntime,
  lentRuntime,
  type RuntimeHost,
  startAgent,
} from '../../runtime/index.ts';
import type { OciContext } from '../oci-context.ts';
import { processStart } from '../process-start.ts';
import type { Caller } from './caller.ts';
import { FrontOutput } from './front-output.ts';
import { watchSignals } from './front-signals.ts';
import { makeTerminalRaw } from './front-terminal.ts';

/** Those that a program in the foreground shall get in our place, or its terminal. */
export const FORWARDED = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
  'SIGWINCH',
] as const;

/** What a context gets from the program that all commands are carried out in. */
export interface ProgramParts {
  /** Runs a program of the host as the caller would have, and gives what it printed. */
  runProgram(program: string, args: readonly string[], caller: Pick<Caller, 'env' | 'folder'>): Promise<string>;
  onCommand(name: string): void;
}

/** A context whose calls are made in a front. */
export interface FrontContext extends OciContext {
  /** Everything was printed, and every process of the container has the parent that it keeps. */
  finish(): Promise<void>;
}

const CHUNK = 1 << 16;
/** Milliseconds until a full pipe is tried again. */
const PAUSE = 5;
/** Milliseconds until processes that were let go are no longer waited for. */
const PATIENCE = 5000;

export function frontContext(agent: LentAgent, caller: Caller, program: ProgramParts): FrontContext {
  const front = agent.kernel;
  const output = new FrontOutput(front, () => sleep(PAUSE));
  const hosts: LentRuntime[] = [];
  let gone = false;
  const release = async () => {
    await Promise.allSettled(hosts.splice(0).map(end));
  };
  // A caller that was killed takes all with it that it had begun, as any runtime that is killed does.
  void front.closed.then(() => {
    gone = true;
    return release();
  });
  const print = (descriptor: 1 | 2, text: string) => {
    if (gone) throw callerGone();
    output.write(descriptor, text);
  };
  return {
    env: caller.env,
    folder: caller.folder,
    pid: caller.pid,
    uid: caller.uid,
    gid: caller.gid,
    async openRuntime() {
      if (gone) return errands();
      const prepared = agent.prepareChannels();
      const host = lentRuntime(front, { descriptors: caller.descriptors, prepared });
      hosts.push(host);
      return {
        ...host,
        async [Symbol.asyncDispose]() {
          if (hosts.includes(host)) hosts.splice(hosts.indexOf(host), 1);
          await end(host);
        },
      };
    },
    readInput: () => readAll(front),
    print: (text) => print(1, text),
    printError: (text) => print(2, text),
    forwardSignals: (to) => watchSignals(front, FORWARDED, to),
    rawTerminal: () => makeTerminalRaw(front),
    onCommand: program.onCommand,
    runProgram: (name, args) => program.runProgram(name, args, caller),
    async finish() {
      await output.done;
      await release();
    },
  };
}

/** Waits for its processes also when the caller, whose children they were, has gone in the meantime. */
async function end(host: LentRuntime): Promise<void> {
  try {
    await host[Symbol.asyncDispose]();
  } catch {
    const isThere = () => host.pids().some((pid) => processStart(pid) !== undefined);
    for (let waited = 0; waited < PATIENCE && isThere(); waited += PAUSE) await sleep(PAUSE);
  }
}

/** For what is to be undone after the caller has gone; nothing new begins then. */
function errands(): RuntimeHost {
  const agent = startAgent({ channels: 0, stdio: ['ignore', 'ignore', 'ignore'] });
  return {
    own: agent.kernel,
    process: () => Promise.reject(callerGone()),
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  };
}

function callerGone(): KeelsonError {
  return new KeelsonError('cancelled', 'the caller has gone', { code: 'CALLER_GONE' });
}

async function readAll(front: Kernel): Promise<string> {
  const parts: Buffer[] = [];
  for (let part = await front.read(0, CHUNK); part.length > 0; part = await front.read(0, CHUNK)) {
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts).toString();
}
