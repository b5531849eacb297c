/** A register of eBPF: 0 is the result, 1 points to the context at the start, 0 … 5 do not survive a call. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** include/uapi/linux/bpf.h: class, size or operation, and source put together. */
const LDX_MEM_W = 0x61;
const ALU_AND_K = 0x54;
const ALU_RSH_K = 0x74;
const ALU64_MOV_K = 0xb7;
const ALU_MOV_X = 0xbc;
const JMP_JA = 0x05;
const JMP_JNE_K = 0x55;
const JMP_JSET_K = 0x45;
const JMP_EXIT = 0x95;

const INSTRUCTION_SIZE = 8;

interface Instruction {
  code: number;
  target: Register;
  source: Register;
  immediate: number;
  offset: number;
  /** The label to go to instead of `offset`. */
  label?: string;
}

/**
 * Writes an eBPF program for bpf(BPF_PROG_LOAD), the part of it that programs without maps and calls need. Jumps go
 * forward to labels; immediate values are signed 32-bit integers.
 */
export class ExtendedProgram {
  readonly #instructions: Instruction[] = [];
  readonly #labels = new Map<string, number>();

  /** target = *(u32 *)(source + offset); the upper half becomes zero. */
  load32(target: Register, source: Register, offset: number): this {
    return this.#add({ code: LDX_MEM_W, target, source, offset });
  }

  /** target = immediate, sign-extended to 64 bits. */
  set(target: Register, immediate: number): this {
    return this.#add({ code: ALU64_MOV_K, target, immediate });
  }

  /** target = (u32)source */
  copy32(target: Register, source: Register): this {
    return this.#add({ code: ALU_MOV_X, target, source });
  }

  /** target = (u32)target & mask */
  mask32(target: Register, mask: number): this {
    return this.#add({ code: ALU_AND_K, target, immediate: mask });
  }

  /** target = (u32)target >> bits */
  shiftRight32(target: Register, bits: number): this {
    return this.#add({ code: ALU_RSH_K, target, immediate: bits });
  }

  /** Goes to `label` when target != immediate, all 64 bits compared. */
  jumpIfNot(target: Register, immediate: number, label: string): this {
    return this.#add({ code: JMP_JNE_K, target, immediate, label });
  }

  /** Goes to `label` when target has any bit of `bits`. */
  jumpIfAny(target: Register, bits: number, label: string): this {
    return this.#add({ code: JMP_JSET_K, target, immediate: bits, label });
  }

  jump(label: string): this {
    return this.#add({ code: JMP_JA, label });
  }

  /** Ends the program with `value` as its result. */
  exit(value: number): this {
    return this.set(0, value).#add({ code: JMP_EXIT });
  }

  /** Names the place of the next instruction. */
  label(name: string): this {
    this.#labels.set(name, this.#instructions.length);
    return this;
  }

  /** `struct bpf_insn[]`, little endian: u8 code, u8 registers, s16 offset, s32 immediate. */
  assemble(): Uint8Array {
    const view = new DataView(new ArrayBuffer(this.#instructions.length * INSTRUCTION_SIZE));
    for (const [index, { code, target, source, offset, immediate, label }] of this.#instructions.entries()) {
      const at = index * INSTRUCTION_SIZE;
      view.setUint8(at, code);
      view.setUint8(at + 1, (source << 4) | target);
      view.setInt16(at + 2, label === undefined ? offset : this.#distance(index, label), true);
      view.setInt32(at + 4, immediate, true);
    }
    return new Uint8Array(view.buffer);
  }

  #distance(from: number, label: string): number {
    const place = this.#labels.get(label);
    if (place === undefined) throw new RangeError(`label ${label} is nowhere`);
    const distance = place - from - 1;
    if (distance > 0x7fff) throw new RangeError(`label ${label} is ${distance} instructions away`);
    return distance;
  }

  #add(fields: Partial<Instruction> & { code: number }): this {
    this.#instructions.push({ target: 0, source: 0, immediate: 0, offset: 0, ...fields });
    return this;
  }
}
