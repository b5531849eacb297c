import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Child, Kernel, Tracer } from '../../../src/kernel/index.ts';
import { CLONE_NEWNET, Netlink, O_CLOEXEC, runProgram, SIGKILL, startAgent } from '../../../src/kernel/index.ts';

const PEER = fileURLToPath(new URL('peer.ts', import.meta.url));
const ASK = fileURLToPath(new URL('ask.c', import.meta.url));
/** Milliseconds to wait for an answer: one that comes may take its time on a loaded machine, one that does not is short. */
const ANSWERED = '10000';
const UNANSWERED = '700';
const PATH = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';

/** A process in a network namespace of its own that plays the host: nothing of the real one is touched. */
export interface NetworkHost extends AsyncDisposable {
  kernel: Kernel;
  /** A process in a further network namespace, as a container's; or in the host's, as a monitor. */
  newBox(): Child;
  newMonitor(): Kernel;
  /** Runs a program there; gives its output. Rejects on any other status than 0. */
  run(command: string, ...args: string[]): Promise<string>;
  /** The same in the namespaces of another process. */
  runIn(box: Kernel, command: string, ...args: string[]): Promise<string>;
  /** Starts a server on these ports, TCP and UDP, which says from where it is asked; it ends with the host. */
  serveIn(box: Kernel, ...ports: number[]): Promise<void>;
  /** Asks such a server. */
  askFrom(box: Kernel, protocol: 'tcp' | 'udp', host: string, port: number): Promise<string>;
  /** Nobody answers, not even with a refusal. */
  isSilent(box: Kernel, protocol: 'tcp' | 'udp', host: string, port: number): Promise<boolean>;
}

/** `channels`: boxes and programs that the test will start. */
export async function openNetworkHost(channels = 40, tracer?: Tracer): Promise<NetworkHost> {
  const agent = startAgent({ channels, stdio: ['ignore', 'ignore', 'inherit'], ...(tracer ? { tracer } : {}) });
  const { kernel } = agent.kernel.clone(CLONE_NEWNET, { name: 'host' });
  const folder = mkdtempSync(join(tmpdir(), 'keelson-network-'));
  const ask = join(folder, 'ask');
  // Made when somebody asks.
  const makeAsk = () => existsSync(ask) || execFileSync('cc', ['-O1', '-Wall', '-o', ask, ASK]);
  new Netlink(kernel).links.enableLoopback();
  await kernel.flush();
  const boxes: Kernel[] = [];
  const servers: (() => Promise<unknown>)[] = [];
  const runIn = async (where: Kernel, command: string, ...args: string[]) => {
    const argv = ['env', command, ...args];
    const { status, output, errors } = await runProgram(where, { path: '/usr/bin/env', argv, environment: [PATH] });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${errors}${output}`);
    return output;
  };
  return {
    kernel,
    newBox() {
      const box = kernel.clone(CLONE_NEWNET, { name: 'box' });
      boxes.push(box.kernel);
      return box;
    },
    newMonitor() {
      const monitor = kernel.clone(0, { name: 'monitor' });
      boxes.push(monitor.kernel);
      return monitor.kernel;
    },
    run: (command, ...args) => runIn(kernel, command, ...args),
    runIn,
    async serveIn(box, ...ports) {
      const [output, input] = box.pipe2(O_CLOEXEC);
      const server = box.clone(0, { name: 'server' });
      const { exited } = box.watch(server.pidfd);
      box.close(input);
      server.kernel.dup3(input, 1, 0);
      const { NODE_OPTIONS = '' } = process.env;
      const environment = [PATH, `NODE_OPTIONS=${NODE_OPTIONS}`];
      server.kernel.execve(process.execPath, ['node', PEER, ...ports.map(String)], environment);
      await Promise.all([box.flush(), server.kernel.flush()]);
      const pidfd = box.pidfdOpen(server.pid);
      servers.push(() => {
        box.pidfdSendSignal(pidfd, SIGKILL);
        return exited;
      });
      if (String(await box.read(output, 64)) !== 'ready\n') throw new Error('the server does not start');
    },
    askFrom: (box, protocol, host, port) => {
      makeAsk();
      return runIn(box, ask, protocol, host, String(port), ANSWERED);
    },
    async isSilent(box, protocol, host, port) {
      makeAsk();
      return (await runIn(box, ask, protocol, host, String(port), UNANSWERED)) === 'timeout';
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((stop) => stop()));
      for (const box of boxes) box.release();
      kernel.release();
      await Promise.all([...boxes, kernel].map((k) => k.closed));
      await agent.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The names of the real host's interfaces. */
export function hostState(): string {
  return readFileSync('/proc/net/dev', 'utf8').replaceAll(/:.*/g, '');
}
