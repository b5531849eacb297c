import type { ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { Socket } from 'node:net';
import { KeelsonError } from '../../base/index.ts';
import type { Tracer } from '../call-issuer.ts';
import type { Architecture } from '../syscall-numbers.ts';
import { AgentProcess } from './agent-process.ts';
import { ChannelPool } from './channel-pool.ts';
import { ChannelServer } from './channel-server.ts';
import { locateAgent } from './locate-agent.ts';

export interface AgentOptions {
  /** The program; found beside the package when left out. */
  path?: string;
  /** What `--explain` calls this process. */
  name?: string;
  tracer?: Tracer;
  /** How many channels for children and streams to make at the start, for this process and all that come from it. */
  channels?: number;
  /**
   * A folder only we can enter (0700), for the socket of a resident agent: it clones children without limit, and each
   * gets as many channels of its own as its clone asks for.
   */
  channelFolder?: string;
  /** Descriptors of ours that become 0, 1 and 2 of the agent; default: our own. 'ignore': /dev/null. */
  stdio?: readonly [StdioSource, StdioSource, StdioSource];
  /** So many descriptors of ours from 3 on stay what they are in the agent and its children, closed at an execve. */
  preserved?: number;
  architecture?: Architecture;
  /** A program to run the agent with, such as qemu-aarch64-static. */
  emulator?: string;
}

export type StdioSource = number | 'inherit' | 'ignore';

/** A running agent: calls issued on `kernel` are made in it. Disposing of it lets its children go too. */
export interface Agent extends AsyncDisposable {
  kernel: AgentProcess;
  pid: number;
  /** Closes the channel and waits until the process has gone: not before the last watch that shall `stay`. */
  stop(): Promise<void>;
}

/** Starts the agent in a session of its own, so that a Ctrl-C at the terminal does not end it. */
export function startAgent(options: AgentOptions = {}): Agent {
  const architecture = options.architecture ?? ownArchitecture();
  const server = options.channelFolder === undefined ? undefined : new ChannelServer(options.channelFolder);
  const { preserved = 0 } = options;
  const { child, pid, own, spare } = spawnAgent(options);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kernel = new AgentProcess(own, {
    name: options.name ?? 'runtime',
    architecture,
    tracer: options.tracer,
    pool: new ChannelPool(spare.map((socket, i) => ({ socket, fd: 4 + preserved + i }))),
    openChannel: server && ((from) => server.open(from)),
  });
  void server?.listen(kernel);
  const stop = async () => {
    child.ref();
    kernel.release();
    await gone;
    server?.dispose();
  };
  const stopAll = async () => {
    await kernel[Symbol.asyncDispose]();
    await stop();
  };
  return { kernel, pid, stop, [Symbol.asyncDispose]: stopAll };
}

function ownArchitecture(): Architecture {
  if (process.arch === 'x64' || process.arch === 'arm64') return process.arch;
  throw new KeelsonError('unsupported', `there is no agent for ${process.arch}`, {
    code: 'ARCHITECTURE',
    hint: 'use a machine of x86-64 or arm64',
  });
}

function spawnAgent(options: AgentOptions): { child: ChildProcess; pid: number; own: Socket; spare: Socket[] } {
  const path = options.path ?? locateAgent();
  const { emulator, preserved = 0 } = options;
  const kept = preserved > 0 ? [String(preserved)] : [];
  // With a second argument the agent does not execute itself again from memory, which an emulator cannot do.
  const [command, args] = emulator ? [emulator, [path, String(preserved), 'emulated']] : [path, kept];
  const pipes = Array.from({ length: (options.channels ?? 1) + 1 }, () => 'pipe' as const);
  // Loaded here, for a brain of keelson-runtime mostly needs none: its agents come to it.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn(command, args, {
    stdio: [
      ...(options.stdio ?? (['inherit', 'inherit', 'inherit'] as const)),
      ...Array.from({ length: preserved }, (_, i) => 3 + i),
      ...pipes,
    ],
    detached: true,
    // Under --init the container sees this name, and has no business with a path of the host.
    argv0: emulator ? command : 'keelson-agent',
    env: {},
  });
  child.on('error', () => undefined);
  // A monitor lives longer than this program; whoever waits for the agent's end says so in `stop`.
  child.unref();
  const [own, ...spare] = child.stdio.slice(3 + preserved).filter((stream) => stream instanceof Socket);
  if (own && child.pid !== undefined) return { child, pid: child.pid, own, spare };
  throw new KeelsonError('unavailable', `cannot start the agent ${command}`, {
    code: 'AGENT_START',
    cause: whyNotExecutable(command),
  });
}

function whyNotExecutable(path: string): unknown {
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}
