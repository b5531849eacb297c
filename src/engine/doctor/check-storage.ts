import type { HostCheck } from '../../spec/index.ts';
import { answered, fail } from './check.ts';
import type { HostFacts } from './host-facts.ts';

const area = 'File systems';

export function checkStorage({ probe }: HostFacts): HostCheck[] {
  const calls = answered(probe.mountCalls, (why) =>
    fail(why, 'start Linux 5.12 or newer, and allow these calls in the sandbox that this runs in'),
  );
  const overlay = answered(probe.overlay, (why) => fail(why, 'modprobe overlay, or start a kernel that has it'));
  return [
    { id: 'mount-calls', area, title: 'Mounts by descriptor', ...calls },
    { id: 'overlay', area, title: 'overlay', ...overlay },
  ];
}
