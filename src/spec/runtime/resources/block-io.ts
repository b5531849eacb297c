import { list, object, optional } from '../../schema/composites.ts';
import { int64, uint16, uint64 } from '../../schema/scalars.ts';
import type { Schema } from '../../schema/schema.ts';

/** The io controller (v1: blkio). Weights are 10 to 1000. */
export interface BlockIo {
  weight?: number | undefined;
  /** Against the group's own children; CFQ only, which is gone since Linux 5.0. */
  leafWeight?: number | undefined;
  weightDevice?: readonly WeightDevice[] | undefined;
  /** Bytes per second. */
  throttleReadBpsDevice?: readonly ThrottleDevice[] | undefined;
  throttleWriteBpsDevice?: readonly ThrottleDevice[] | undefined;
  /** Operations per second. */
  throttleReadIOPSDevice?: readonly ThrottleDevice[] | undefined;
  throttleWriteIOPSDevice?: readonly ThrottleDevice[] | undefined;
}

/** The weight for one block device. */
export interface WeightDevice {
  major: number;
  minor: number;
  weight?: number | undefined;
  leafWeight?: number | undefined;
}

/** The limit for one block device. */
export interface ThrottleDevice {
  major: number;
  minor: number;
  rate: number;
}

const weightDeviceSchema: Schema<WeightDevice> = object<WeightDevice>({
  major: int64,
  minor: int64,
  weight: optional(uint16),
  leafWeight: optional(uint16),
});

const throttles = optional(list<ThrottleDevice>(object<ThrottleDevice>({ major: int64, minor: int64, rate: uint64 })));

export const blockIoSchema: Schema<BlockIo> = object<BlockIo>({
  weight: optional(uint16),
  leafWeight: optional(uint16),
  weightDevice: optional(list(weightDeviceSchema)),
  throttleReadBpsDevice: throttles,
  throttleWriteBpsDevice: throttles,
  throttleReadIOPSDevice: throttles,
  throttleWriteIOPSDevice: throttles,
});
