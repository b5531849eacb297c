import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KeelsonError } from '../../base/error.ts';
import type { Fd } from '../call.ts';
import type { Tracer } from '../call-issuer.ts';
import { AF_UNIX, SOCK_STREAM } from '../constants/socket.ts';
import type { Architecture } from '../syscall-numbers.ts';
import { unixAddress } from '../structs/socket-address.ts';
import type { ChannelPair } from './agent-process.ts';
import { AgentProcess } from './agent-process.ts';

export interface AgentOptions {
  /** The program; found beside the package when left out. */
  path?: string;
  /** What `--explain` calls this process. */
  name?: string;
  tracer?: Tracer;
  /** How many children's channels to make at once; more are made when needed if `channelFolder` is given. */
  channels?: number;
  /** A folder only we can enter (0700), for the socket of a resident agent that clones many children. */
  channelFolder?: string;
  /** Descriptors of ours that become 0, 1 and 2 of the agent; default: our own. 'ignore': /dev/null. */
  stdio?: readonly [StdioSource, StdioSource, StdioSource];
  architecture?: Architecture;
  /** A program to run the agent with, such as qemu-aarch64-static. */
  emulator?: string;
}

export type StdioSource = number | 'inherit' | 'ignore';

/** A running agent: calls issued on `kernel` are made in it. */
export interface Agent extends AsyncDisposable {
  kernel: AgentProcess;
  pid: number;
  /** Closes the channel and waits until the process has gone. */
  stop(): Promise<void>;
}

/** Where the agent's program is: beside the sources, or in the package's `build` folder. */
export function locateAgent(): string {
  const candidates = ['../../../build/keelson-agent', '../build/keelson-agent', '../native/keelson-agent'];
  for (const candidate of candidates) {
    const path = fileURLToPath(new URL(candidate, import.meta.url));
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // the next place
    }
  }
  throw new KeelsonError('unavailable', 'the agent program (keelson-agent) is missing', {
    code: 'AGENT_MISSING',
    hint: 'run `sh native/build.sh build/keelson-agent` in the checkout, or reinstall the package',
  });
}

/** Starts the agent in a session of its own, so that a Ctrl-C at the terminal does not end it. */
export function startAgent(options: AgentOptions = {}): Agent {
  const path = options.path ?? locateAgent();
  const count = options.channels ?? 1;
  const pipes = Array.from({ length: count + 1 }, () => 'pipe' as const);
  const [command, args] = options.emulator ? [options.emulator, [path]] : [path, []];
  const child = spawn(command, args, {
    stdio: [...(options.stdio ?? ['inherit', 'inherit', 'inherit']), ...pipes],
    detached: true,
    env: {},
  });
  const sockets = child.stdio.slice(3) as unknown as Socket[];
  const [own, ...spareSockets] = sockets;
  if (!own || child.pid === undefined) {
    child.on('error', () => undefined);
    throw new KeelsonError('unavailable', `cannot start the agent ${path}`, { code: 'AGENT_START' });
  }
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.on('error', () => undefined);
  const spare = spareSockets.map((socket, i) => ({ socket, fd: 4 + i }));
  const server = options.channelFolder === undefined ? undefined : new ChannelServer(options.channelFolder);
  const kernel = new AgentProcess(own, {
    name: options.name ?? 'runtime',
    architecture: options.architecture ?? (process.arch as Architecture),
    tracer: options.tracer,
    spare,
    openChannel: server && ((from) => server.open(from)),
  });
  server?.listen(kernel);
  const stop = async () => {
    kernel.release();
    await gone;
    server?.dispose();
  };
  return { kernel, pid: child.pid, stop, [Symbol.asyncDispose]: stop };
}

/**
 * Makes channels for an agent that lives long: it listens on a socket in a folder of ours, we connect and the agent
 * accepts. Connections are accepted in the order in which they were made, so the two ends are known to belong together.
 */
class ChannelServer {
  readonly #folder: string;
  readonly #path: string;
  #listener: Fd = -1;

  constructor(parent: string) {
    this.#folder = mkdtempSync(join(parent, 'agent-'));
    this.#path = join(this.#folder, 's');
  }

  listen(kernel: AgentProcess): void {
    this.#listener = kernel.socket(AF_UNIX, SOCK_STREAM, 0);
    kernel.bind(this.#listener, unixAddress(this.#path));
    kernel.listen(this.#listener, 4096);
    this.ready = kernel.flush();
  }

  ready: Promise<void> = Promise.resolve();

  open(process: AgentProcess): ChannelPair {
    return { socket: connect(this.#path), fd: process.accept4(this.#listener) };
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
