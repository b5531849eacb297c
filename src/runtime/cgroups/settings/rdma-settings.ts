import { invalid } from '../../../base/index.ts';
import type { RdmaLimit } from '../../../spec/index.ts';
import type { Setting } from './setting.ts';

/** The same file in both versions (cgroup-v1/rdma.rst). */
export function* rdma(devices: Readonly<Record<string, RdmaLimit>>): Generator<Setting> {
  for (const [name, { hcaHandles, hcaObjects }] of Object.entries(devices)) {
    const field = `rdma.${name}`;
    if (!/^[^\s/]+$/.test(name)) {
      throw invalid('CGROUP_RDMA_DEVICE', `linux.resources.rdma: '${name}' is not the name of a device`);
    }
    const limits = [
      ...(hcaHandles === undefined ? [] : [`hca_handle=${hcaHandles}`]),
      ...(hcaObjects === undefined ? [] : [`hca_object=${hcaObjects}`]),
    ];
    if (limits.length === 0) continue;
    yield { field, what: `limit what ${name} lends`, file: 'rdma.max', values: [`${name} ${limits.join(' ')}`] };
  }
}
