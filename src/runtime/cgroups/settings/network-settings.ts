import { invalid } from '../../../base/index.ts';
import type { NetworkPriorities } from '../../../spec/index.ts';
import { given } from '../limit-text.ts';
import type { Setting } from './setting.ts';

/** cgroup-v1/net_cls.rst; v2 has none: there nftables and BPF ask for the cgroup itself. */
export function* networkClass({ classID }: NetworkPriorities): Generator<Setting> {
  const id = given(classID);
  if (id === undefined) return;
  const what = `tag packets with class ${id >>> 16}:${id & 0xffff}`;
  yield { field: 'network.classID', what, file: 'net_cls.classid', values: [String(id)] };
}

/** cgroup-v1/net_prio.rst */
export function* networkPriorities({ priorities = [] }: NetworkPriorities): Generator<Setting> {
  for (const [index, { name, priority }] of priorities.entries()) {
    const field = `network.priorities[${index}]`;
    if (!/^[^\s/]{1,15}$/.test(name)) {
      const message = `linux.resources.${field}.name: '${name}' is not the name of a network interface`;
      throw invalid('CGROUP_INTERFACE_NAME', message);
    }
    const what = `give packets to ${name} priority ${priority}`;
    yield { field, what, file: 'net_prio.ifpriomap', values: [`${name} ${priority}`] };
  }
}
