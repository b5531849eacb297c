import { ENOENT } from '../../../kernel/index.ts';
import type { BlockIo, ThrottleDevice } from '../../../spec/index.ts';
import { ioWeight } from '../io-weight.ts';
import { decimal, given } from '../limit-text.ts';
import type { Setting, SettingContext } from './setting.ts';

type Throttle =
  | 'throttleReadBpsDevice'
  | 'throttleWriteBpsDevice'
  | 'throttleReadIOPSDevice'
  | 'throttleWriteIOPSDevice';

/** How each throttle is called in v1, in v2's io.max, and in a sentence. */
const THROTTLES: readonly (readonly [field: Throttle, v1: string, v2: string, what: string])[] = [
  ['throttleReadBpsDevice', 'read_bps', 'rbps', 'bytes read'],
  ['throttleWriteBpsDevice', 'write_bps', 'wbps', 'bytes written'],
  ['throttleReadIOPSDevice', 'read_iops', 'riops', 'reads'],
  ['throttleWriteIOPSDevice', 'write_iops', 'wiops', 'writes'],
];

/**
 * cgroup-v1/blkio-controller.rst. Weights are those of BFQ: CFQ, which had leaf weights too, went with Linux 5.0.
 */
export function* blockIoV1(io: BlockIo): Generator<Setting> {
  const weight = given(io.weight);
  if (weight !== undefined) yield weightSetting('blockIO.weight', 'blkio.bfq.weight', String(weight));
  yield* deviceWeights(io, 'blkio.bfq.weight_device');
  for (const [field, name, , what] of THROTTLES) {
    for (const [index, device] of (io[field] ?? []).entries()) {
      yield {
        field: `blockIO.${field}[${index}]`,
        what: throttleTitle(what, device),
        file: `blkio.throttle.${name}_device`,
        values: [`${device.major}:${device.minor} ${decimal(device.rate)}`],
      };
    }
  }
}

/**
 * cgroup-v2.rst and block/bfq-iosched.rst. A weight goes to BFQ, which has a file only where it is loaded, and to
 * io.weight: whichever governs a disk then knows it. (runc and crun leave io.weight out where BFQ is loaded, even for
 * disks under another scheduler.)
 */
export function* blockIoV2(io: BlockIo, { ioCost }: SettingContext): Generator<Setting> {
  const weight = given(io.weight);
  if (weight !== undefined) {
    const bfq = weightSetting('blockIO.weight', 'io.bfq.weight', String(weight));
    yield ioCost ? { ...bfq, allow: [ENOENT] } : bfq;
    if (ioCost) yield weightSetting('blockIO.weight', 'io.weight', String(ioWeight(weight)));
  }
  yield* deviceWeights(io, 'io.bfq.weight');
  // All limits of a device in one line: each write to io.max costs the kernel a pass over its queues.
  const lines = new Map<string, { field: string; device: ThrottleDevice; what: string; limits: string[] }>();
  for (const [field, , key, what] of THROTTLES) {
    for (const [index, device] of (io[field] ?? []).entries()) {
      const number = `${device.major}:${device.minor}`;
      const line = lines.get(number) ?? { field: `blockIO.${field}[${index}]`, device, what, limits: [] };
      line.limits.push(`${key}=${device.rate === 0 ? 'max' : decimal(device.rate)}`);
      lines.set(number, line);
    }
  }
  for (const [number, { field, device, what, limits }] of lines) {
    yield { field, what: throttleTitle(what, device), file: 'io.max', values: [`${number} ${limits.join(' ')}`] };
  }
}

function* deviceWeights({ weightDevice = [] }: BlockIo, file: string): Generator<Setting> {
  for (const [index, { major, minor, weight: wanted }] of weightDevice.entries()) {
    const weight = given(wanted);
    if (weight === undefined) continue;
    yield weightSetting(`blockIO.weightDevice[${index}]`, file, `${major}:${minor} ${weight}`);
  }
}

function weightSetting(field: string, file: string, value: string): Setting {
  return { field, what: `weigh ${value} in the competition for disks`, file, values: [value] };
}

function throttleTitle(what: string, { major, minor, rate }: ThrottleDevice): string {
  return rate === 0 ? `lift limits of disk ${major}:${minor}` : `limit ${what} a second of disk ${major}:${minor}`;
}
