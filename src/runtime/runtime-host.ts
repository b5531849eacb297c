import type { Agent, Call, Kernel, Tracer } from '../kernel/index.ts';
import { RecordingKernel, S_IFREG, startAgent } from '../kernel/index.ts';
import type { StdioPlan } from './launch-plan.ts';
import { SpareProcess } from './spare-process.ts';

/** Where the processes come from that start containers. */
export interface RuntimeHost extends AsyncDisposable {
  /** A process outside all namespaces, for one container; it becomes its monitor. `helpers`: children that it needs besides. */
  process(stdio: StdioPlan, helpers?: number): Promise<Kernel>;
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
