import { appendFileSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import { parseJson, parseResources, type Resources } from '../../spec/index.ts';
import { withProcess } from '../agent-kernel.ts';
import type { Command, CommandCall } from '../command.ts';
import { ownedCgroup } from '../container-cgroup.ts';
import type { ContainerState } from '../container-state.ts';
import { findContainer } from '../find-container.ts';
import { lockFolder } from '../folder-lock.ts';

const value = { value: true } as const;

/** Changes limits of a container that is there. */
export const update: Command = {
  flags: {
    resources: { letter: 'r', value: true },
    'blkio-weight': { value: true, form: 'number' },
    'cpu-period': value,
    'cpu-quota': value,
    'cpu-burst': value,
    'cpu-share': value,
    'cpu-rt-period': value,
    'cpu-rt-runtime': value,
    'cpu-idle': value,
    'cpuset-cpus': value,
    'cpuset-mems': value,
    memory: value,
    'memory-reservation': value,
    'memory-swap': value,
    'pids-limit': { value: true, form: 'number' },
    'l3-cache-schema': value,
    'mem-bw-schema': value,
  },
  args: { least: 1, most: 1 },
  usage: 'update [command options] <container-id>',
  purpose: 'update container resource constraints',
  async run(call) {
    const { folder } = findContainer(call);
    using _ = await lockFolder(folder, call.context.pid);
    const { state, status } = findContainer(call);
    if (status === 'stopped') {
      throw new KeelsonError('conflict', 'container not running', { code: 'CONTAINER_STATE' });
    }
    const schemata = rdtSchemata(call, state);
    const resources = parseResources(await readResources(call));
    const cgroup = await ownedCgroup(call.context, state);
    await withProcess(call.context, (kernel) => cgroup.update(kernel, { resources }));
    for (const line of schemata) appendFileSync(`${state.intel_rdt_path}/schemata`, `${line}\n`);
    return 0;
  },
};

/** What the class of the container in resctrl is to share from now on: a line each, as the kernel takes them. */
function rdtSchemata({ flags }: CommandCall, state: ContainerState): string[] {
  const given = ['l3-cache-schema', 'mem-bw-schema'].flatMap((name) => flags.value(name) || []);
  if (given.length === 0 || state.intel_rdt_path !== undefined) return given;
  throw new KeelsonError('unsupported', 'the container is in no class of Intel RDT', {
    code: 'INTEL_RDT_NONE',
    hint: 'give it one in linux.intelRdt of config.json',
  });
}

/** From the file or standard input when one is named: then nothing else counts. */
async function readResources(call: CommandCall): Promise<unknown> {
  const file = call.flags.value('resources');
  if (file === undefined || file === '') return fromFlags(call);
  const text = file === '-' ? await call.context.readInput() : readFileSync(resolve(call.context.folder, file), 'utf8');
  return parseJson(text, { document: 'resources', code: 'RESOURCES_INVALID' });
}

function fromFlags({ flags }: CommandCall): Resources {
  const size = (name: string) => sizeOf(flags.value(name));
  const cpu = {
    period: flags.number('cpu-period'),
    quota: flags.number('cpu-quota'),
    burst: flags.number('cpu-burst'),
    shares: flags.number('cpu-share'),
    realtimePeriod: flags.number('cpu-rt-period'),
    realtimeRuntime: flags.number('cpu-rt-runtime'),
    idle: flags.number('cpu-idle'),
    cpus: flags.value('cpuset-cpus'),
    mems: flags.value('cpuset-mems'),
  };
  const memory = { limit: size('memory'), reservation: size('memory-reservation'), swap: size('memory-swap') };
  const pids = flags.number('pids-limit');
  const weight = flags.number('blkio-weight');
  return {
    cpu: given(cpu),
    memory: given(memory),
    ...(pids === undefined ? {} : { pids: { limit: pids } }),
    ...(weight === undefined ? {} : { blockIO: { weight } }),
  };
}

/** Bytes, with a unit of 1024 behind where one is given: `64m`. */
function sizeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number = '', unit = ''] = /^(-?\d+)\s*([kmgt]?)b?$/i.exec(text) ?? [];
  if (number === '') {
    throw new KeelsonError('invalid', `invalid value for memory: invalid size: '${text}'`, { code: 'FLAG_INVALID' });
  }
  return Number(number) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' ');
}

function given<T extends object>(values: T): T {
  const copy = { ...values };
  for (const key in copy) if (copy[key] === undefined) delete copy[key];
  return copy;
}
