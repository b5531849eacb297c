import type { ByteString } from '../tar/tar-entry.ts';

const BITS = 1 << 23;

/** Remembers names in little memory, however many: it may say "yes" of one that was never added, but never a wrong "no". */
export class NameFilter {
  readonly #bits = new Uint8Array(BITS / 8);

  /** Adds a name; was it there already, perhaps? */
  add(name: ByteString): boolean {
    // FNV-1a
    let hash = 0x811c9dc5;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    const at = (hash ^ (hash >>> 16)) & (BITS - 1);
    const bits = this.#bits[at >>> 3] ?? 0;
    this.#bits[at >>> 3] = bits | (1 << (at & 7));
    return (bits & (1 << (at & 7))) !== 0;
  }
}
