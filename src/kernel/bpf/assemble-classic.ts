import { KeelsonError } from '../../base/index.ts';
import type { ClassicNode, ClassicTest } from './classic-graph.ts';

/** BPF_MAXINSNS of include/uapi/linux/bpf_common.h: the kernel refuses longer classic programs with EINVAL. */
export const CLASSIC_INSTRUCTION_LIMIT = 4096;

/** sizeof(struct sock_filter): u16 code, u8 jt, u8 jf, u32 k. */
const INSTRUCTION_SIZE = 8;
/** `jt` and `jf` are 8 bits wide; only BPF_JA has 32. */
const LONGEST_BRANCH = 255;

/** include/uapi/linux/bpf_common.h: class, size, mode and operation put together. */
const LD_W_ABS = 0x20;
const ALU_AND_K = 0x54;
const RET_K = 0x06;
const JMP_JA = 0x05;
const JMP_K: Record<ClassicTest, number> = { equal: 0x15, greater: 0x25, 'greater-or-equal': 0x35 };

/** One instruction; `jt` and `jf` count the instructions to skip. */
interface Instruction {
  code: number;
  jt: number;
  jf: number;
  k: number;
}

/**
 * Turns a graph into `struct sock_filter[]`, little endian. A classic program only jumps forward, so it is written from
 * its end: what a test branches to is always there already. Where a branch would be longer than 255 instructions, a
 * copy of the return it leads to, or an unconditional jump, is put in between.
 *
 * @throws KeelsonError `BPF_TOO_LONG` when there are more than 4096 instructions.
 */
export function assembleClassic(root: ClassicNode): Uint8Array {
  const writer = new BackwardWriter();
  writer.writeAll(root);
  const program = writer.instructions.reverse();
  const view = new DataView(new ArrayBuffer(program.length * INSTRUCTION_SIZE));
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    const at = index * INSTRUCTION_SIZE;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, true);
  }
  return new Uint8Array(view.buffer);
}

class BackwardWriter {
  /** Last instruction first. */
  readonly instructions: Instruction[] = [];
  /** The nearest index at which a node's work is done: its code, or a later written jump to it. */
  readonly #places = new Map<ClassicNode, number>();

  /** Writes everything that `root` leads to, then `root`. Without recursion: a hostile profile makes deep graphs. */
  writeAll(root: ClassicNode): void {
    const waiting = [root];
    for (let node = waiting.at(-1); node !== undefined; node = waiting.at(-1)) {
      const missing = followers(node).filter((follower) => !this.#places.has(follower));
      if (missing.length > 0 && !this.#places.has(node)) {
        waiting.push(...missing);
        continue;
      }
      waiting.pop();
      if (!this.#places.has(node)) this.#places.set(node, this.#write(node));
    }
  }

  #write(node: ClassicNode): number {
    switch (node.kind) {
      case 'return':
        return this.#push({ code: RET_K, jt: 0, jf: 0, k: node.value });
      case 'load':
        this.#adjoin(node.next);
        return this.#push({ code: LD_W_ABS, jt: 0, jf: 0, k: node.offset });
      case 'mask':
        this.#adjoin(node.next);
        return this.#push({ code: ALU_AND_K, jt: 0, jf: 0, k: node.mask });
      case 'test': {
        // Bringing one target nearer moves the other away by one, so look again until both are in reach.
        while (this.#bringNear(node.yes) || this.#bringNear(node.no));
        const jt = this.#distance(node.yes);
        return this.#push({ code: JMP_K[node.test], jt, jf: this.#distance(node.no), k: node.value });
      }
    }
  }

  /** Makes `node` what runs next after the instruction that will be written now. */
  #adjoin(node: ClassicNode): void {
    if (this.#distance(node) > 0) this.#writeNearby(node);
  }

  /** Instructions between the one that will be written now and `node`. */
  #distance(node: ClassicNode): number {
    return this.instructions.length - 1 - (this.#places.get(node) ?? 0);
  }

  /** Writes a stand-in for `node` when it is out of reach; says whether it did. */
  #bringNear(node: ClassicNode): boolean {
    if (this.#distance(node) <= LONGEST_BRANCH) return false;
    this.#writeNearby(node);
    return true;
  }

  #writeNearby(node: ClassicNode): void {
    const index =
      node.kind === 'return'
        ? this.#push({ code: RET_K, jt: 0, jf: 0, k: node.value })
        : this.#push({ code: JMP_JA, jt: 0, jf: 0, k: this.#distance(node) });
    this.#places.set(node, index);
  }

  #push(instruction: Instruction): number {
    if (this.instructions.length === CLASSIC_INSTRUCTION_LIMIT) {
      throw new KeelsonError('invalid', 'the filter needs more instructions than the 4096 that the kernel takes', {
        code: 'BPF_TOO_LONG',
        hint: 'Use fewer rules with argument conditions.',
      });
    }
    return this.instructions.push(instruction) - 1;
  }
}

/** What `node` can go on to; what is written last comes right behind it. */
function followers(node: ClassicNode): ClassicNode[] {
  if (node.kind === 'return') return [];
  return node.kind === 'test' ? [node.no, node.yes] : [node.next];
}
