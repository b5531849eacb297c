/** What the kernel asks a device program: struct bpf_cgroup_dev_ctx. */
export interface DeviceRequest {
  type: 'b' | 'c';
  major: number;
  minor: number;
  /** Letters of `rwm`; none for an open that neither reads nor writes. */
  access: string;
}

function accessBits(letters: string): number {
  return (letters.includes('m') ? 1 : 0) | (letters.includes('r') ? 2 : 0) | (letters.includes('w') ? 4 : 0);
}

/** Runs an eBPF program of the kind that device policies become; throws on what the verifier would refuse. */
export function runExtended(program: Uint8Array, request: DeviceRequest): bigint {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const context = [(accessBits(request.access) << 16) | (request.type === 'b' ? 1 : 2), request.major, request.minor];
  const registers: (bigint | 'context' | undefined)[] = [undefined, 'context'];
  const number = (register: number): bigint => {
    const value = registers[register];
    if (typeof value !== 'bigint') throw new Error(`register ${register} holds no number`);
    return value;
  };
  const low = (value: bigint) => BigInt.asUintN(32, value);
  for (let at = 0, steps = 0; steps < 10_000; at++, steps++) {
    if (at * 8 >= program.length) throw new Error('the program ran past its end');
    const code = view.getUint8(at * 8);
    const [target, source] = [view.getUint8(at * 8 + 1) & 15, view.getUint8(at * 8 + 1) >> 4];
    const offset = view.getInt16(at * 8 + 2, true);
    const immediate = BigInt(view.getInt32(at * 8 + 4, true));
    if (offset < 0) throw new Error('a jump backward');
    if (code === 0x61) {
      const word = context[offset / 4];
      if (registers[source] !== 'context' || word === undefined) throw new Error('a load from elsewhere');
      registers[target] = BigInt(word >>> 0);
    } else if (code === 0xb7) registers[target] = BigInt.asUintN(64, immediate);
    else if (code === 0xbc) registers[target] = low(number(source));
    else if (code === 0x54) registers[target] = low(number(target)) & low(immediate);
    else if (code === 0x74) registers[target] = low(number(target)) >> immediate;
    else if (code === 0x05) at += offset;
    else if (code === 0x55) at += number(target) === BigInt.asUintN(64, immediate) ? 0 : offset;
    else if (code === 0x45) at += (number(target) & BigInt.asUintN(64, immediate)) === 0n ? 0 : offset;
    else if (code === 0x95) return number(0);
    else throw new Error(`instruction ${at}: unknown code 0x${code.toString(16)}`);
  }
  throw new Error('the program does not end');
}
