import { type Agent, startAgent } from '../../runtime/index.ts';

/** Asks the kernel who is at the other end of a connection, which Node cannot. */
export class Doorkeeper implements AsyncDisposable {
  readonly #agent: Agent;
  readonly #self: ReturnType<Agent['kernel']['pidfdOpen']>;

  constructor(pid: number) {
    this.#agent = startAgent({ channels: 0, stdio: ['ignore', 'ignore', 'ignore'] });
    this.#self = this.#agent.kernel.pidfdOpen(pid);
  }

  get pid(): number {
    return this.#agent.pid;
  }

  /** @throws SyscallError when that cannot be found out; then nobody can be let in */
  async ready(): Promise<void> {
    await this.#self;
  }

  /** `descriptor`: of a Unix socket of this program. The pid is 0 for a process that we cannot see. */
  async peerOf(descriptor: number): Promise<{ pid: number; uid: number }> {
    const { kernel } = this.#agent;
    return await kernel.apart(() => {
      const fd = kernel.pidfdGetfd(this.#self, descriptor);
      const peer = kernel.peerOf(fd);
      kernel.close(fd);
      return peer;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.stop();
  }
}
