import type { Agent } from '../../kernel/index.ts';

/**
 * Agents that unpack one layer after the other. To start one copies our page tables, and everything that we write to next is
 * copied page by page. They stay while layers are being unpacked, and no longer.
 */
export class UnpackAgents {
  readonly #start: () => Agent;
  readonly #idle: Agent[] = [];
  #taken = 0;

  constructor(start: () => Agent) {
    this.#start = start;
  }

  take(): Agent {
    const agent = this.#idle.pop() ?? this.#start();
    this.#taken++;
    return agent;
  }

  /** @param isClean nothing failed in it, and nothing of a layer is open there: another may be unpacked */
  async giveBack(agent: Agent, isClean: boolean): Promise<void> {
    this.#taken--;
    const leaving = isClean ? [] : [agent];
    if (isClean) this.#idle.push(agent);
    if (this.#taken === 0) leaving.push(...this.#idle.splice(0));
    await Promise.all(leaving.map((other) => other[Symbol.asyncDispose]()));
  }
}
