import { KeelsonError } from '../base/index.ts';
import type { Agent, Call, Child, Kernel, Tracer } from '../kernel/index.ts';
import { AT_FDCWD, O_RDWR, RecordingKernel, S_IFREG, startAgent } from '../kernel/index.ts';
import type { StdioPlan } from './launch-plan.ts';
import { SpareProcess } from './spare-process.ts';

/** Where the processes come from that start containers. */
export interface RuntimeHost extends AsyncDisposable {
  /** A process outside all namespaces, for one container; it becomes its monitor. `helpers`: children that it needs besides. */
  process(stdio: StdioPlan, helpers?: number): Promise<Kernel>;
  /** A process that is there anyway, for calls that leave nothing behind in it. */
  own?: Kernel;
  /** No call is made, so none needs a right. */
  dryRun?: boolean;
}

export interface RuntimeOptions {
  tracer?: Tracer | undefined;
  /** Keep one agent that forks for each container: a folder of ours (0700) for its socket. */
  residentFolder?: string | undefined;
  /** Make no call, only tell what would be called. */
  dryRun?: boolean;
}

/** Children and streams that one start can need: nft, init, its program under `--init`, three streams. */
const CHANNELS = 6;

/** Opens the way to processes: an agent for each start, or a resident one. */
export async function openRuntime(options: RuntimeOptions = {}): Promise<RuntimeHost> {
  const { tracer } = options;
  if (options.dryRun) {
    return {
      dryRun: true,
      process: async () => new RecordingKernel({ tracer, answer: answerInDryRun }),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  return options.residentFolder === undefined ? oneAgentEach(tracer) : await resident(options.residentFolder, tracer);
}

/** Nothing can be asked, so every program is taken to be there: a regular file with execute bits. */
function answerInDryRun(call: Call): Buffer | undefined {
  if (call.name !== 'statx') return undefined;
  const status = Buffer.alloc(256);
  status.writeUInt16LE(S_IFREG | 0o755, 28);
  return status;
}

function oneAgentEach(tracer: Tracer | undefined): RuntimeHost {
  const agents = new Set<Agent>();
  return {
    async process(stdio, helpers = 0) {
      const streams = [stdio.stdin, stdio.stdout, stdio.stderr];
      const source = (i: number) => (streams[i] === 'agent' || stdio.direct ? 'inherit' : 'ignore');
      const channels = 3 + helpers + streams.filter((s) => s === 'stream').length;
      const agent = startAgent({
        channels,
        stdio: [source(0), source(1), source(2)],
        preserved: stdio.preservedDescriptors ?? 0,
        ...(tracer ? { tracer } : {}),
      });
      agents.add(agent);
      void agent.kernel.closed.then(() => agents.delete(agent));
      return agent.kernel;
    },
    async [Symbol.asyncDispose]() {
      for (const agent of agents) agent.kernel.release();
    },
  };
}

/** Of the process that processes are born of. */
interface Lender {
  /** Those that the caller had open before anything of ours was. */
  descriptors: ReadonlySet<number>;
  /** Its socket for channels is there: who is asked to accept a connection before it was made waits for ever if we end. */
  prepared: Promise<void>;
}

export interface LentRuntime extends RuntimeHost {
  own: Kernel;
  /** Of the processes that were made, as far as they are known. */
  pids(): number[];
}

/**
 * Processes are children of a process of the caller's, with its cgroup and descriptors. Disposing lets them go and waits
 * until they have ended: what they leave has another parent then.
 */
export function lentRuntime(own: Kernel, { descriptors, prepared }: Lender): LentRuntime {
  const children: Child[] = [];
  return {
    own,
    pids: () => children.flatMap(({ pid }) => pid.outcome?.value ?? []),
    async process(stdio, helpers = 0) {
      const { preservedDescriptors = 0 } = stdio;
      for (let fd = 3; fd < 3 + preservedDescriptors; fd++) {
        if (!descriptors.has(fd)) throw missing(fd, preservedDescriptors);
      }
      await prepared;
      const streams = [stdio.stdin, stdio.stdout, stdio.stderr];
      const channels = 1 + helpers + streams.filter((stream) => stream === 'stream').length;
      const child = own.clone(0, { name: 'runtime', channels });
      children.push(child);
      const { kernel } = child;
      // It is born while we plan what it shall do.
      void own.flush();
      await kernel.connected();
      // Ctrl-C at the caller's terminal is for the caller to hand on.
      kernel.setsid();
      // And what waits for that in the caller's process is not to be blocked in the container.
      kernel.sigprocmask(2 /* SIG_SETMASK */, 0n);
      const unused = stdio.direct ? [] : [0, 1, 2].filter((i) => streams[i] !== 'agent');
      if (unused.length > 0) {
        const nowhere = kernel.openat(AT_FDCWD, '/dev/null', O_RDWR);
        for (const fd of unused) kernel.dup3(nowhere, fd, 0);
        kernel.close(nowhere);
      }
      return kernel;
    },
    async [Symbol.asyncDispose]() {
      for (const { kernel } of children) kernel.release();
      // Whatever failed before.
      await own.apart(() => children.map(({ pidfd }) => own.waitPidfd(pidfd, { allow: 'any' })).at(-1));
    },
  };
}

function missing(fd: number, count: number): KeelsonError {
  return new KeelsonError('invalid', `please check that the preserved-fd ${fd} (of ${count}) is present`, {
    code: 'DESCRIPTOR_MISSING',
  });
}

async function resident(folder: string, tracer: Tracer | undefined): Promise<RuntimeHost> {
  const agent = startAgent({ channels: 0, channelFolder: folder, ...(tracer ? { tracer } : {}) });
  const zygote = agent.kernel;
  // Children that have ended leave nothing behind: nobody here asks for their status.
  zygote.setSignalAction(17 /* SIGCHLD */, 1);
  await zygote.flush();
  let turn = Promise.resolve();
  const bear = async (channels: number): Promise<Kernel> => {
    // One birth after the other: each takes places in the agent's memory until it is answered, and there are 1,024.
    const before = turn;
    const born = Promise.withResolvers<void>();
    turn = born.promise;
    await before;
    const { kernel, pidfd } = zygote.clone(0, { name: 'runtime', channels });
    zygote.close(pidfd);
    zygote.flush().then(born.resolve, born.resolve);
    // Its own child's status is asked for, so it must not inherit that the kernel throws it away.
    kernel.setSignalAction(17 /* SIGCHLD */, 0);
    return kernel;
  };
  // What a tracer is told belongs to the container that is being made, so there it is born with it.
  const spare = tracer ? undefined : new SpareProcess(() => bear(CHANNELS));
  return {
    process: async (_stdio, helpers = 0) => (helpers === 0 && spare?.take()) || (await bear(CHANNELS + helpers)),
    async [Symbol.asyncDispose]() {
      await spare?.[Symbol.asyncDispose]();
      await agent.stop();
    },
  };
}
