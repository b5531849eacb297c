import { closeSync, readFileSync, writeSync } from 'node:fs';
import { invalid } from '../../base/index.ts';
import type { RuntimeHost } from '../../runtime/index.ts';
import type { CommandCall } from '../command.ts';

const O_WRONLY = 1;

/** What `--status-fd` names is there, and for writing alone, as runc wants it. @throws KeelsonError invalid `CHECKPOINT_FLAGS` */
export function requireStatusDescriptor(call: CommandCall): void {
  const fd = statusDescriptor(call);
  if (fd === undefined) return;
  const flags = openFlags(call.context.pid, fd);
  const reason = flags === undefined ? 'bad file descriptor' : 'not writable';
  if (flags === undefined || (flags & O_WRONLY) === 0)
    throw invalid('CHECKPOINT_FLAGS', `invalid --status-fd argument ${fd}: ${reason}`);
}

/** Writes a zero to the caller's `--status-fd` and closes it: whoever reads there can begin to fetch memory. */
export async function tellStatus(call: CommandCall, { own }: RuntimeHost): Promise<void> {
  const fd = statusDescriptor(call);
  if (fd === undefined) return;
  const zero = Uint8Array.of(0);
  if (own === undefined) {
    writeSync(fd, zero);
    return closeSync(fd);
  }
  own.write(fd, zero);
  own.close(fd);
  await own.flush();
}

function statusDescriptor({ flags }: CommandCall): number | undefined {
  const fd = flags.number('status-fd') ?? -1;
  return fd === -1 ? undefined : fd;
}

/** How a descriptor of a process was opened: /proc/PID/fdinfo (proc(5)), in octal. */
function openFlags(pid: number, fd: number): number | undefined {
  try {
    const [, flags = '0'] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')) ?? [];
    return Number.parseInt(flags, 8);
  } catch {
    return undefined;
  }
}
