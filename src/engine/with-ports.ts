import { KeelsonError } from '../base/index.ts';
import type { ContainerConfig, ExecutionConfig, PortConfig } from '../spec/index.ts';

/**
 * With a free port of the host for each port that the image or `--expose` names, where that is asked for. Ports that are
 * published by name stay as they are, and without a bridge there is nothing to publish, as in Docker.
 * @throws KeelsonError unsupported `PORT_PROTOCOL` for a port of SCTP: who asks for all ports must not get some
 */
export function withPorts(config: ContainerConfig, image: ExecutionConfig | undefined): ContainerConfig {
  const { network } = config;
  if (!network.publishExposed || network.mode !== 'bridge') return config;
  const exposed = new Set([...Object.keys(image?.ExposedPorts ?? {}), ...(network.exposed ?? [])].flatMap(portsOf));
  const published = new Set(network.ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`));
  const ports = [...exposed]
    .filter((port) => !published.has(port))
    .map((port): PortConfig => {
      const [number, protocol] = port.split('/');
      return { hostIp: '', hostPort: 0, containerPort: Number(number), protocol: protocol === 'udp' ? 'udp' : 'tcp' };
    });
  return { ...config, network: { ...network, ports: [...network.ports, ...ports] } };
}

/** `80`, `80/tcp` and `80-82/udp`, as images name them; what is no port is left out, as Docker does. */
function portsOf(text: string): string[] {
  const [, first = '', last = first, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(\w+))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (protocol === 'sctp') {
    throw new KeelsonError('unsupported', `the port ${text} cannot be published: only tcp and udp can`, {
      code: 'PORT_PROTOCOL',
      hint: 'leave out -P and name the other ports with -p; containers reach each other by sctp without',
    });
  }
  if (!/^(tcp|udp)$/.test(protocol) || from < 1 || to > 65_535) return [];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, offset) => `${from + offset}/${protocol}`);
}
