import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { lentAgent } from '../../runtime/index.ts';
import { Doorkeeper } from './doorkeeper.ts';
import type { ProgramParts } from './front-context.ts';
import { frontSocketName, sweepFrontSockets } from './front-sockets.ts';
import { idleTime } from './idle-time.ts';
import { leaveCgroups } from './leave-cgroups.ts';
import { isPrivateFolder } from './private-folder.ts';
import { Residence, sweepResidences } from './residence.ts';
import { type FrontRequest, serveFront } from './serve-front.ts';
import { firstDifference, surroundingsOf } from './surroundings.ts';

export interface BrainOptions {
  pid: number;
  uid: number;
  program: ProgramParts;
  /** Where to stay; '' for not at all. */
  path: string;
  /** A folder that all may write to, for sockets where `path` has none. */
  temporaryFolder: string;
}

/** A front that is to be served. */
interface Visitor extends Pick<FrontRequest, 'pid' | 'lost' | 'onBegin' | 'beforeEnd'> {
  socket: Socket;
}

/** Milliseconds after which another brain would have taken our place, had it begun when we did. */
const SETTLED = 1000;

/** What decides for fronts of keelson-runtime: for the one that started it, and for those that come while it stays. */
export class Brain {
  readonly #options: BrainOptions;
  readonly #path: string;
  #doorkeeper: Doorkeeper | undefined;
  /** Is it there? It starts while the first command is being carried out. */
  #doorkeeperReady = Promise.resolve(false);
  readonly #over = Promise.withResolvers<void>();
  #surroundings: ReadonlyMap<string, string> = new Map();
  #residence: Residence | undefined;
  #idle = 0;
  #active = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BrainOptions) {
    const { path, uid } = options;
    this.#options = options;
    this.#path = path !== '' && isPrivateFolder(dirname(path), uid) ? path : '';
  }

  /** Serves the front that started us, then others. Resolves when there is nothing left to do. */
  async run(first: Socket, pid: number, lost: boolean): Promise<void> {
    const onBegin: Visitor['onBegin'] = (env) => {
      this.#idle = lost || this.#path === '' ? 0 : idleTime(env);
      if (this.#idle > 0) this.#doorkeeperReady = this.#startDoorkeeper();
    };
    await this.#serve({ socket: first, pid, lost, onBegin, beforeEnd: () => this.#settle() });
    if (this.#residence !== undefined) await this.#stay();
    await this.#doorkeeperReady;
    await this.#doorkeeper?.[Symbol.asyncDispose]();
  }

  async #stay(): Promise<void> {
    if (leaveCgroups([this.#options.pid, ...(this.#doorkeeper ? [this.#doorkeeper.pid] : [])])) {
      setTimeout(() => this.#residence?.isOurs || this.retire(), SETTLED).unref();
    } else {
      this.retire();
    }
    this.#rest();
    void sweepResidences(this.#path).catch(() => undefined);
    await this.#over.promise;
  }

  /** Once the calls of the command are on their way: while the kernel makes a container we have nothing to do. */
  async #startDoorkeeper(): Promise<boolean> {
    try {
      await setImmediate();
      this.#doorkeeper = new Doorkeeper(this.#options.pid);
      await this.#doorkeeper.ready();
      return true;
    } catch {
      // Nobody could be let in; and this command must not fail for it.
      return false;
    }
  }

  async #settle(): Promise<void> {
    if (!(await this.#doorkeeperReady)) return;
    try {
      this.#surroundings = surroundingsOf('self');
      this.#residence = await Residence.open(this.#path, (socket) => void this.#enter(socket));
      if (this.#residence !== undefined) sweepFrontSockets(dirname(this.#path));
    } catch {
      // The caller's command must not fail for it.
    }
  }

  /** Lets nobody in any more, and ends with the last command. */
  retire(): void {
    this.#residence?.[Symbol.dispose]();
    this.#residence = undefined;
    this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    if (this.#active > 0) return;
    if (this.#residence === undefined) this.#over.resolve();
    else this.#timer = setTimeout(() => this.retire(), this.#idle);
  }

  /** Whoever is not as we are is sent away before anything is asked of it, and starts a brain of its own. */
  async #enter(socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    try {
      const { pid, uid } = (await this.#doorkeeper?.peerOf(descriptorOf(socket))) ?? { pid: 0, uid: -1 };
      const isOurs = uid === this.#options.uid && pid > 0;
      if (isOurs && firstDifference(this.#surroundings, surroundingsOf(pid)) === undefined) {
        return await this.#serve({ socket, pid });
      }
    } catch {
      // The caller has gone.
    }
    socket.destroy();
  }

  async #serve({ socket, ...visitor }: Visitor): Promise<void> {
    clearTimeout(this.#timer);
    this.#active++;
    const { program, temporaryFolder } = this.#options;
    const place =
      this.#path === '' ? { folder: temporaryFolder } : { folder: dirname(this.#path), name: frontSocketName(visitor) };
    try {
      using lent = lentAgent(socket, place);
      socket.resume();
      await serveFront({ ...visitor, agent: lent, program });
    } finally {
      this.#active--;
      this.#rest();
    }
  }
}

/** Node has no public way to it, and the kernel alone knows who is at the other end (SO_PEERCRED). */
function descriptorOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof fd === 'number' && fd >= 0) return fd;
  throw new TypeError('the connection has no descriptor');
}
