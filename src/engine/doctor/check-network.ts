import type { HostCheck } from '../../spec/index.ts';
import { answered, type Finding, install, ok, warn } from './check.ts';
import type { HostFacts } from './host-facts.ts';

const area = 'Network';
const WITHOUT = 'until then run with --network none or host';

export function checkNetwork(facts: HostFacts): HostCheck[] {
  const { probe } = facts;
  const module = (name: string) => (why: string) => warn(`refused (${why})`, `modprobe ${name}; ${WITHOUT}`);
  return [
    { id: 'bridge', area, title: 'Bridges', ...answered(probe.bridge, module('bridge')) },
    { id: 'veth', area, title: 'Pairs of interfaces (veth)', ...answered(probe.veth, module('veth')) },
    { id: 'nft', area, title: 'nftables', ...nft(facts) },
    { id: 'ipv6', area, title: 'IPv6', ...ipv6(facts) },
  ];
}

function nft({ probe, findProgram }: HostFacts): Finding {
  const path = findProgram('nft');
  if (path === undefined) return warn('the program nft is missing', `${install('nftables')}; ${WITHOUT}`);
  return probe.nft === 'yes' ? ok(path) : warn(`${path} fails (${probe.nft})`, `modprobe nf_tables; ${WITHOUT}`);
}

function ipv6({ isThere, readText }: HostFacts): Finding {
  const disabled = readText('/proc/sys/net/ipv6/conf/all/disable_ipv6')?.trim();
  if (!isThere('/proc/net/if_inet6'))
    return warn('not in this kernel', "IPv4 works without; take ipv6.disable=1 out of the kernel's command line");
  return disabled === '1'
    ? warn('switched off', 'IPv4 works without; sysctl -w net.ipv6.conf.all.disable_ipv6=0')
    : ok('works');
}
