import type { ContainerState } from '../../spec/index.ts';
import type { GoStruct, GoValue } from '../template/go-value.ts';
import { portBindings } from './host-config.ts';

/** Docker's `NetworkSettings`: addresses, while the container runs, and ports as they are open. */
export function networkSettings({ config, network = {}, ports, status, pid }: ContainerState): GoStruct {
  const running = status === 'running' || status === 'paused';
  const [ip4 = '', prefix4 = '0'] = (network.ip4 ?? '').split('/');
  const [ip6 = '', prefix6 = '0'] = (network.ip6 ?? '').split('/');
  const address: GoStruct = {
    Gateway: network.gateway4 ?? '',
    IPAddress: ip4,
    IPPrefixLen: Number(prefix4),
    IPv6Gateway: '',
    GlobalIPv6Address: ip6,
    GlobalIPv6PrefixLen: Number(prefix6),
    MacAddress: network.macAddress ?? '',
  };
  const networks: [string, GoValue][] = config.network.mode.startsWith('container:')
    ? []
    : [
        [
          config.network.mode,
          { IPAMConfig: null, Links: null, Aliases: null, NetworkID: '', EndpointID: '', ...address },
        ],
      ];
  return {
    SandboxKey: running && pid > 0 ? `/proc/${pid}/ns/net` : '',
    Ports: running ? portBindings(ports) : new Map(),
    ...address,
    Networks: new Map(networks),
  };
}
