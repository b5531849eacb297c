import type { IdMapping } from '../../spec/index.ts';

/** What uid_map and gid_map take (user_namespaces(7)). */
export function mapText(lines: readonly IdMapping[]): string {
  return lines.map((m) => `${m.containerID} ${m.hostID} ${m.size}\n`).join('');
}
