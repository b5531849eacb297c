import type { ContainerChecks, EngineContext } from '../engine-context.ts';
import { isAlive } from '../process-identity.ts';
import { type ContainerRecord, NOBODY } from '../store.ts';
import { type HealthPlan, planHealthcheck } from './health-plan.ts';
import { nextHealth } from './next-health.ts';
import { endSession, probeContainer } from './probe-container.ts';
import { startKeeper } from './start-keeper.ts';
import { systemClock } from './system-clock.ts';
import { type Clock, type WatchedContainer, watchHealth } from './watch-health.ts';

/** Milliseconds after which somebody looks whether a container has lost whoever ran its check. */
const LOOK_AGAIN = 5000;

interface Watch {
  isRunning(): boolean;
  end: AbortController;
  done: Promise<void>;
}

/** The health checks that this program runs. */
export class ContainerWatches implements ContainerChecks, AsyncDisposable {
  readonly #context: EngineContext;
  readonly #clock: Clock;
  readonly #watches = new Map<string, Watch>();
  #timer: NodeJS.Timeout | undefined;

  constructor(context: EngineContext, clock: Clock = systemClock) {
    this.#context = context;
    this.#clock = clock;
  }

  async begun(id: string): Promise<void> {
    try {
      await this.ended(id);
      const { store, holder: own } = this.#context;
      const record = store.get(id);
      const isOurs = store.health.holders().some((entry) => entry.id === id && entry.holder === own);
      if (record && isOurs) this.#watch(record);
      else await this.provide();
    } catch {
      // The next command tries again.
    }
  }

  async ended(id: string): Promise<void> {
    const watch = this.#watches.get(id);
    watch?.end.abort();
    await watch?.done;
  }

  /** Sees to it that no container goes without its check: by the keeper, or here where there is none. */
  async provide(): Promise<void> {
    const { store, root, healthKeeper } = this.#context;
    if (!healthKeeper) return this.takeOver();
    const isLeft = store.health.holders().some(({ id, holder }) => !isAlive(holder) && this.#isRunning(id));
    if (isLeft) await startKeeper(store.health, healthKeeper, root);
  }

  /** Runs the checks of all containers that nobody else looks after, and no more those of such that have ended. */
  takeOver(): void {
    const { store, holder: own } = this.#context;
    for (const watch of this.#watches.values()) if (!watch.isRunning()) watch.end.abort();
    for (const seen of store.health.holders()) {
      if (this.#watches.has(seen.id) || (seen.holder !== own && isAlive(seen.holder))) continue;
      const record = store.get(seen.id);
      if (record && isRunning(record) && store.health.claim(seen, own)) this.#watch(record, seen.probe);
    }
  }

  /** Is there a container that nobody else looks after? */
  isNeeded(): boolean {
    const { store, holder: own } = this.#context;
    const isFree = (holder: string) => holder === own || !isAlive(holder);
    return store.health.holders().some(({ id, holder }) => isFree(holder) && this.#isRunning(id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#watches.keys()].map((id) => this.ended(id)));
    try {
      const { store, holder: own, healthKeeper } = this.#context;
      const left = store.health.holders().filter(({ id, holder }) => holder === own && this.#isRunning(id));
      for (const seen of left) store.health.claim(seen, NOBODY);
      if (left.length > 0 && healthKeeper) await this.provide();
    } catch {
      // A data root that cannot be used; whoever worked with it has been told why.
    }
  }

  #isRunning(id: string): boolean {
    const record = this.#context.store.get(id);
    return record !== undefined && isRunning(record);
  }

  /** `left`: the session of a probe that somebody may have left who died. */
  #watch(record: ContainerRecord, left = 0): void {
    const { id } = record.state;
    const plan = planHealthcheck(record.state.config.healthcheck);
    if (!plan || this.#watches.has(id)) return;
    const container = this.#watched(record, plan);
    const end = new AbortController();
    const cleared = left > 0 ? endSession(record.state, left) : Promise.resolve();
    const done = cleared
      .then(() => watchHealth(container, { clock: this.#clock, signal: end.signal }))
      // The data root cannot be used. It is tried again with the next look.
      .catch(() => undefined)
      .finally(() => this.#watches.delete(id));
    this.#watches.set(id, { isRunning: container.isRunning, end, done });
    this.#lookAgain();
  }

  #watched({ state, owner }: ContainerRecord, plan: HealthPlan): WatchedContainer {
    const context = this.#context;
    const { health } = context.store;
    const started = state.started ?? 0;
    return {
      plan,
      started,
      isRunning: () => isAlive(owner),
      health: () => health.find(state.id),
      probe: (signal) =>
        probeContainer(context, { state, plan, onStarted: (pid) => health.probing(state.id, pid) }, signal),
      record: (result) => health.change(state.id, (before) => nextHealth(before, result, { plan, started })),
    };
  }

  /** While something is watched here. */
  #lookAgain(): void {
    this.#timer ??= setInterval(() => {
      if (this.#watches.size > 0) {
        try {
          this.takeOver();
        } catch {
          // The data root cannot be used now.
        }
        return;
      }
      clearInterval(this.#timer);
      this.#timer = undefined;
    }, LOOK_AGAIN).unref();
  }
}

function isRunning({ phase, state, owner }: ContainerRecord): boolean {
  return phase === 'ready' && state.status === 'running' && isAlive(owner);
}
