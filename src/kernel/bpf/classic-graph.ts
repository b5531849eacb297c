/**
 * Classic BPF as the kernel's seccomp accepts it (`seccomp_check_filter` in kernel/seccomp.c), written as a graph of
 * tests instead of a list of instructions with counted jumps. The accumulator is the only register.
 */
export type ClassicNode = ReturnNode | LoadNode | MaskNode | TestNode;

/** Ends the program with `value` (for seccomp a SECCOMP_RET_* value). */
export interface ReturnNode {
  readonly id: number;
  readonly kind: 'return';
  readonly value: number;
}

/** Loads the 32-bit word at `offset` bytes of the input into the accumulator. */
export interface LoadNode {
  readonly id: number;
  readonly kind: 'load';
  readonly offset: number;
  readonly next: ClassicNode;
}

/** Clears the accumulator's bits that are not in `mask`. */
export interface MaskNode {
  readonly id: number;
  readonly kind: 'mask';
  readonly mask: number;
  readonly next: ClassicNode;
}

/** `=`, unsigned `>`, unsigned `>=`. */
export type ClassicTest = 'equal' | 'greater' | 'greater-or-equal';

/** Compares the accumulator with `value` and goes on at `yes` or `no`. */
export interface TestNode {
  readonly id: number;
  readonly kind: 'test';
  readonly test: ClassicTest;
  readonly value: number;
  readonly yes: ClassicNode;
  readonly no: ClassicNode;
}

const ALL_BITS = 0xffff_ffff;

/**
 * Builds the nodes of one program. Equal nodes are one object, so sub-trees are shared, two nodes do the same exactly
 * when they are identical, and tests that cannot go two ways vanish. All numbers are unsigned 32-bit integers.
 */
export class ClassicGraph {
  readonly #nodes = new Map<string, ClassicNode>();

  return(value: number): ClassicNode {
    return this.#intern(`r${value}`, (id) => ({ id, kind: 'return', value }));
  }

  load(offset: number, next: ClassicNode): ClassicNode {
    if (next.kind === 'return') return next;
    return this.#intern(`l${offset},${next.id}`, (id) => ({ id, kind: 'load', offset, next }));
  }

  mask(mask: number, next: ClassicNode): ClassicNode {
    if (mask === ALL_BITS || next.kind === 'return') return next;
    return this.#intern(`m${mask},${next.id}`, (id) => ({ id, kind: 'mask', mask, next }));
  }

  test(test: ClassicTest, value: number, yes: ClassicNode, no: ClassicNode): ClassicNode {
    if (yes === no) return yes;
    if (test === 'greater-or-equal' && value === 0) return yes;
    if (test === 'greater' && value === ALL_BITS) return no;
    return this.#intern(`${test}${value},${yes.id},${no.id}`, (id) => ({ id, kind: 'test', test, value, yes, no }));
  }

  #intern(key: string, make: (id: number) => ClassicNode): ClassicNode {
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const node = make(this.#nodes.size);
    this.#nodes.set(key, node);
    return node;
  }
}
