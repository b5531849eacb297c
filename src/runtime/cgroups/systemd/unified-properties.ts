import { quotaProperties, setProperties, weightProperties } from './cpu-properties.ts';
import { textLimitProperty, textProperty } from './property.ts';
import type { UnitProperty } from './systemd.ts';

const LIMITS: Readonly<Record<string, string>> = {
  'memory.high': 'MemoryHigh',
  'memory.low': 'MemoryLow',
  'memory.min': 'MemoryMin',
  'memory.max': 'MemoryMax',
  'memory.swap.max': 'MemorySwapMax',
  'pids.max': 'TasksMax',
};

/** What systemd knows of the files of cgroup v2. All of them are written afterwards, also those it does not know. */
export function unifiedProperties(files: Readonly<Record<string, string>>, version: number): UnitProperty[] {
  const limits = Object.entries(LIMITS).flatMap(([file, name]) => {
    const text = files[file];
    return text === undefined ? [] : (textLimitProperty(name, text) ?? []);
  });
  const weight = /^\s*(\d+)\s*$/.exec(files['cpu.weight'] ?? '')?.[1];
  const idle = files['cpu.idle']?.trim() === '1';
  return [
    ...limits,
    ...quotaOf(files['cpu.max'], version),
    ...weightProperties({ weight: weight === undefined ? undefined : Number(weight), idle }, version),
    ...setProperties({ cpus: files['cpuset.cpus'], mems: files['cpuset.mems'] }, version, 'unified.cpuset.'),
  ];
}

/** `QUOTA PERIOD`, `max` for none, the usual period when there is no number for it. */
function quotaOf(text: string | undefined, version: number): UnitProperty[] {
  const [, most, period] = /^\s*(max|\d+)(?:\s+(\d+))?\s*$/.exec(text ?? '') ?? [];
  if (most === undefined) return [];
  const quota = most === 'max' ? -1 : Number(most);
  return quotaProperties({ quota, period: Number(period ?? 100_000) }, version);
}

/** For a unit that is to be started: systemd takes it at no other time. */
export function oomPolicyProperties(files: Readonly<Record<string, string>>): UnitProperty[] {
  const group = files['memory.oom.group']?.trim();
  if (group !== '0' && group !== '1') return [];
  return [textProperty('OOMPolicy', group === '1' ? 'kill' : 'continue')];
}
