import type { RunRequest } from '../../../src/sdk/index.ts';
import { configOf } from '../engine/container-under-test.ts';

const IGNORE = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
const PIPES = { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' } as const;

/** The ways to start a container that differ in what they make on the host. */
export const START_KINDS = ['bridge', 'detached', 'init-tty'] as const;

export function requestOf(kind: string): RunRequest {
  if (kind === 'bridge') {
    const ports = [{ hostIp: '127.0.0.1', hostPort: 0, containerPort: 80, protocol: 'tcp' as const }];
    const network = { mode: 'bridge' as const, dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [], ports };
    return { config: configOf(['true'], { network }), detach: false, stdio: PIPES };
  }
  if (kind === 'detached') {
    const resources = { memory: 64 << 20, pidsLimit: 20 };
    return { config: configOf(['sleep', '1000'], { resources }), detach: true, stdio: IGNORE };
  }
  return { config: configOf(['true'], { init: true, tty: true }), detach: false, stdio: PIPES };
}
