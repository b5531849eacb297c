import { mkdirSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import { allocateAddress, reserveAddress } from './address-pool.ts';

/** Where the address that was given out last is kept. No address is called so. */
const LAST = 'last';

/**
 * Who has which address of a network, for all engines of the host: a folder in which each address in use is a symbolic
 * link whose target is the container's id. Making one is atomic and fails when it is there, so nobody needs a lock, and
 * what a killed engine left is found by the container's id. Put it where a restart of the host clears it (/run).
 */
export class AddressBook {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Gives a container a free address, or the one it wants.
   * @throws KeelsonError those of `allocateAddress` and `reserveAddress`; denied, `NETWORK_DENIED`
   */
  reserve(subnet: string, containerId: string, wanted?: string): string {
    try {
      return this.#reserve(subnet, containerId, wanted);
    } catch (cause) {
      if (!hasCode(cause, 'EACCES') && !hasCode(cause, 'EPERM')) throw cause;
      throw new KeelsonError('denied', `no right to take an address for a container from ${this.#folder}`, {
        code: 'NETWORK_DENIED',
        hint: 'networks of containers need root; run as root, or with --network none or host',
        cause,
      });
    }
  }

  #reserve(subnet: string, containerId: string, wanted: string | undefined): string {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (;;) {
      const taken = new Set(this.#names());
      const address =
        wanted === undefined
          ? allocateAddress(subnet, taken, this.#target(LAST))
          : reserveAddress(subnet, taken, wanted);
      if (!this.#claim(address, containerId)) continue;
      if (wanted === undefined) this.#remember(address);
      return address;
    }
  }

  /** Frees every address of a container; none is no error. Who may not look has none. */
  release(containerId: string): void {
    for (const name of ignoring('EACCES', () => this.#names()) ?? [])
      if (this.#target(name) === containerId) this.#remove(name);
  }

  /** Address → id of the container that has it. */
  entries(): Map<string, string> {
    return new Map(this.#names().map((name) => [name, this.#target(name) ?? '']));
  }

  #names(): string[] {
    return ignoring('ENOENT', () => readdirSync(this.#folder))?.filter((name) => /^[0-9a-f.:]+$/.test(name)) ?? [];
  }

  #target(name: string): string | undefined {
    return ignoring('ENOENT', () => readlinkSync(join(this.#folder, name)));
  }

  #claim(address: string, containerId: string): boolean {
    return ignoring('EEXIST', () => symlinkSync(containerId, join(this.#folder, address)) ?? true) ?? false;
  }

  /** Two who do this at once leave one or none: then the search begins at the first address, which is no harm. */
  #remember(address: string): void {
    this.#remove(LAST);
    ignoring('EEXIST', () => symlinkSync(address, join(this.#folder, LAST)));
  }

  #remove(name: string): void {
    ignoring('ENOENT', () => unlinkSync(join(this.#folder, name)));
  }
}

function ignoring<T>(code: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (hasCode(error, code)) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
