/** How a container is connected. */
export interface NetworkConfig {
  mode: 'bridge' | 'none' | 'host' | `container:${string}`;
  /** `--ip`, `--ip6` */
  ip?: string | undefined;
  ip6?: string | undefined;
  /** `--mac-address`, six hexadecimal bytes. */
  macAddress?: string | undefined;
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
  /** `name:address`; the address `host-gateway` stands for the host. */
  extraHosts: string[];
  ports: PortConfig[];
  /** Ports that are said to be open, `80/tcp`: told by inspect, without effect. */
  exposed?: string[];
  /** `-P`: each port that the image or `exposed` names, and `ports` does not, gets a free port of the host. */
  publishExposed?: boolean;
}

/** `-p 127.0.0.1:8080:80/tcp`, one port each. */
export interface PortConfig {
  /** Empty: every address, IPv4 and IPv6. */
  hostIp: string;
  /** 0: any free port. */
  hostPort: number;
  containerPort: number;
  protocol: 'tcp' | 'udp';
}
