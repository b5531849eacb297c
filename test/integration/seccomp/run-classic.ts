/** What seccomp shows a filter: struct seccomp_data of include/uapi/linux/seccomp.h. */
export interface SeccompInput {
  number: number;
  audit: number;
  args: readonly bigint[];
}

export interface ClassicRun {
  value: number;
  /** How many instructions ran. */
  steps: number;
  /** Did it look at an argument? Otherwise the kernel caches the answer for the call number. */
  sawArguments: boolean;
}

/** 64 bytes, little endian; the instruction pointer stays 0. */
export function encodeInput({ number, audit, args }: SeccompInput): DataView {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(0, number, true);
  view.setUint32(4, audit, true);
  for (let index = 0; index < 6; index++) view.setBigUint64(16 + 8 * index, args[index] ?? 0n, true);
  return view;
}

/** Runs a classic BPF program as seccomp's interpreter would; throws on whatever the kernel would refuse to load. */
export function runClassic(filter: Uint8Array, data: DataView): ClassicRun {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  const length = filter.byteLength / 8;
  let accumulator = 0;
  const scratch = new Uint32Array(16);
  let steps = 0;
  let sawArguments = false;
  for (let index = 0; index < length; index++) {
    steps += 1;
    const code = view.getUint16(index * 8, true);
    const jt = view.getUint8(index * 8 + 2);
    const jf = view.getUint8(index * 8 + 3);
    const k = view.getUint32(index * 8 + 4, true);
    switch (code) {
      case 0x20:
        sawArguments ||= k >= 8;
        accumulator = data.getUint32(k, true);
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05:
        index += k;
        break;
      case 0x15:
        index += accumulator === k ? jt : jf;
        break;
      case 0x25:
        index += accumulator > k ? jt : jf;
        break;
      case 0x35:
        index += accumulator >= k ? jt : jf;
        break;
      case 0x45:
        index += (accumulator & k) !== 0 ? jt : jf;
        break;
      case 0x06:
        return { value: k, steps, sawArguments };
      case 0x02: // ST: libseccomp keeps a word in scratch memory
        scratch[k] = accumulator;
        break;
      case 0x60:
        accumulator = scratch[k] ?? 0;
        break;
      default:
        throw new Error(`instruction ${index}: unknown code 0x${code.toString(16)}`);
    }
  }
  throw new Error('the program ran past its end');
}
