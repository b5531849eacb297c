import { chmodSync, linkSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { errorCode } from '../error-code.ts';

/** The place at which fronts find a brain: a socket that only our own user can reach. */
export class Residence implements Disposable {
  readonly #path: string;
  readonly #server: Server;
  readonly #inode: bigint;

  private constructor(path: string, server: Server, inode: bigint) {
    this.#path = path;
    this.#server = server;
    this.#inode = inode;
  }

  /** `path`: in a folder that is ours alone. Undefined: somebody else is there already. */
  static async open(path: string, serve: (socket: Socket) => void): Promise<Residence | undefined> {
    if (await answers(path)) return undefined;
    const own = join(dirname(path), `new-${process.pid}`);
    // Nothing is read before somebody listens: the end of one that goes at once would be missed.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, serve);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject).listen(own, 4096, resolve);
    try {
      await promise;
      chmodSync(own, 0o600);
      const { ino } = statSync(own, { bigint: true });
      takePlace(own, path);
      return new Residence(path, server, ino);
    } catch {
      server.close();
      return undefined;
    } finally {
      rmSync(own, { force: true });
    }
  }

  /** Not so when another brain took the place at the same moment. */
  get isOurs(): boolean {
    return statSync(this.#path, { bigint: true, throwIfNoEntry: false })?.ino === this.#inode;
  }

  /** Fronts that are not served yet find another brain. */
  [Symbol.dispose](): void {
    if (this.isOurs) rmSync(this.#path, { force: true });
    this.#server.close();
  }
}

/** Atomically; over a socket at which nobody listens any more. */
function takePlace(own: string, path: string): void {
  try {
    linkSync(own, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    renameSync(own, path);
  }
}

/**
 * Removes the places of brains that were killed. Those of our own build are taken over by the next one; of another build,
 * as before an update, nobody else would come. A place is made when somebody listens there already.
 */
export async function sweepResidences(own: string): Promise<void> {
  const folder = dirname(own);
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    if (/^brain-[\da-f]+-[\da-f]+$/.test(name) && path !== own && !(await answers(path))) rmSync(path, { force: true });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  const result = await promise;
  socket.destroy();
  return result;
}
