import { existsSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What the sockets are called that a front listens at for its brain. The same number is another front in another process
 * namespace, and one that begins anew after the loss of a brain cannot use the same name again.
 */
export function frontSocketName({ pid, lost = false }: { pid: number; lost?: boolean }): string {
  return `c${processNamespace()}-${pid}${lost ? 'l' : ''}`;
}

/** A brain that was killed removes no sockets: here those go whose front has gone. */
export function sweepFrontSockets(folder: string): void {
  const own = processNamespace();
  for (const name of readdirSync(folder)) {
    const [, namespace, pid] = /^c(\d+)-(\d+)l?-\d+$/.exec(name) ?? [];
    if (namespace === own && !existsSync(`/proc/${pid}`)) rmSync(join(folder, name), { force: true });
  }
}

function processNamespace(): string {
  return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
}
