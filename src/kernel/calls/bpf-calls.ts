import type { Fd } from '../call.ts';
import { Flags, Struct } from '../call.ts';
import { BPF_PROG_ATTACH, BPF_PROG_LOAD } from '../constants/bpf.ts';
import type { Value } from '../value.ts';
import { SocketCalls } from './socket-calls.ts';

export interface BpfProgram {
  /** BPF_PROG_TYPE_* */
  type: number;
  /** Where it will be attached: BPF_CGROUP_* and the like. */
  attachType: number;
}

export interface BpfAttachment {
  /** What to attach to: a v2 cgroup's folder. */
  target: Fd;
  /** BPF_CGROUP_* and the like. */
  type: number;
  /** BPF_F_* */
  flags: number;
}

/** eBPF programs (bpf(2)). */
export abstract class BpfCalls extends SocketCalls {
  /** Has the kernel verify a program, `struct bpf_insn[]`; gives a descriptor. */
  bpfProgLoad(instructions: Uint8Array, { type, attachType }: BpfProgram): Value {
    // union bpf_attr: prog_type, insn_cnt, insns, license, …, expected_attach_type at 68.
    const attributes = Buffer.alloc(72);
    attributes.writeUInt32LE(type, 0);
    attributes.writeUInt32LE(instructions.length / 8, 4);
    attributes.writeUInt32LE(attachType, 68);
    const embedded = [
      { at: 8, value: instructions },
      { at: 16, value: 'Apache-2.0' },
    ];
    return this.#bpf(
      BPF_PROG_LOAD,
      new Struct(attributes, embedded, { shown: `{insn_cnt=${instructions.length / 8}}` }),
    );
  }

  bpfProgAttach(program: Fd, { target, type, flags }: BpfAttachment): Value {
    // union bpf_attr: target_fd, attach_bpf_fd, attach_type, attach_flags.
    const attributes = Buffer.alloc(16);
    attributes.writeUInt32LE(type, 8);
    attributes.writeUInt32LE(flags, 12);
    const embedded = [target, program].flatMap((fd, index) => {
      if (typeof fd !== 'number') return [{ at: 4 * index, value: fd }];
      attributes.writeInt32LE(fd, 4 * index);
      return [];
    });
    const shown = `{attach_type=${type}, attach_flags=${flags}}`;
    return this.#bpf(BPF_PROG_ATTACH, new Struct(attributes, embedded, { shown }));
  }

  #bpf(command: number, attributes: Struct): Value {
    const args = [new Flags(command, '=BPF_PROG_'), attributes, attributes.bytes.length];
    return this.number({ name: 'bpf', args });
  }
}
