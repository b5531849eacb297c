import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { invalid, KeelsonError } from '../base/index.ts';
import type { ContainerState } from './container-state.ts';
import { errorCode } from './error-code.ts';
import { makeFolder } from './make-folder.ts';

/** The folder of one container below `--root`: its state, its gate, its lock. */
export class StateFolder {
  readonly path: string;
  readonly id: string;

  /** @throws KeelsonError invalid `CONTAINER_ID_INVALID`: the id would be no name of a folder */
  constructor(root: string, id: string) {
    if (!/^[\w+.-]+$/.test(id) || id === '.' || id === '..') {
      throw invalid('CONTAINER_ID_INVALID', 'invalid container ID format');
    }
    this.id = id;
    this.path = join(root, id);
  }

  /** The FIFO at which a container waits for `start`; it is there exactly until then. */
  get gate(): string {
    return join(this.path, 'exec.fifo');
  }

  /** @throws KeelsonError conflict `CONTAINER_EXISTS` */
  create(): void {
    makeFolder(join(this.path, '..'));
    try {
      mkdirSync(this.path, { mode: 0o711 });
    } catch (cause) {
      if (errorCode(cause) !== 'EEXIST') throw cause;
      throw new KeelsonError('conflict', 'container with given ID already exists', { code: 'CONTAINER_EXISTS', cause });
    }
  }

  /** Undefined: the folder is there, but nobody finished what makes it a container. */
  readUnfinished(): ContainerState | undefined {
    try {
      const text = readFileSync(join(this.path, 'state.json'), 'utf8');
      if (text === '') return undefined;
      return text.includes('$bigint') ? JSON.parse(text, reviveBigInts) : JSON.parse(text);
    } catch (cause) {
      if (errorCode(cause) === 'ENOENT') return undefined;
      throw cause;
    }
  }

  /** @throws KeelsonError not-found `CONTAINER_UNKNOWN` */
  read(): ContainerState {
    const state = this.readUnfinished();
    if (state !== undefined) return state;
    throw new KeelsonError('not-found', 'container does not exist', { code: 'CONTAINER_UNKNOWN' });
  }

  /**
   * Takes the record away for the hooks that come when a container has gone, and nobody finds it any more. False: somebody
   * else did, whose hooks they are then, also when they were killed meanwhile.
   */
  claimHooks(): boolean {
    try {
      renameSync(join(this.path, 'state.json'), this.#claimed);
      return true;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** Was whoever removed the container killed between the two? */
  get isClaimed(): boolean {
    return existsSync(this.#claimed);
  }

  get #claimed(): string {
    return join(this.path, 'deleted.json');
  }

  exists(): boolean {
    try {
      readdirSync(this.path);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Whole or not at all for whoever reads it. Not forced to the disk: no container outlives the kernel, and a file that
   * a stopped machine left empty counts as unfinished.
   */
  write(state: ContainerState): void {
    const path = join(this.path, 'state.json');
    writeFileSync(`${path}.new`, textOf(state), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  /** True: the folder was there, with nothing in it. */
  removeEmpty(): boolean {
    try {
      rmdirSync(this.path);
      return true;
    } catch {
      return false;
    }
  }

  remove(): void {
    // no-mount-below: the folder holds our files alone; the container's mounts are in its own namespace
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Ids of all folders below a root, in order. */
export function listIds(root: string): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A function for each value takes ten times as long, and hardly a container needs one. */
function textOf(state: ContainerState): string {
  try {
    return JSON.stringify(state);
  } catch {
    return JSON.stringify(state, keepBigInts);
  }
}

/** Arguments of seccomp rules have 64 bits, which a number of JSON.parse has not. */
function keepBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { $bigint: String(value) } : value;
}

/** Only where one can be: annotations are anybody's text, also under our name for such a number. */
function reviveBigInts(key: string, value: unknown): unknown {
  if (key !== 'value' && key !== 'valueTwo') return value;
  if (typeof value !== 'object' || value === null || !('$bigint' in value)) return value;
  return typeof value.$bigint === 'string' ? BigInt(value.$bigint) : value;
}
