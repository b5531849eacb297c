import { readFileSync } from 'node:fs';

let known: boolean | undefined;

/** Is this process? It stays where it is. */
export function isInUserNamespace(): boolean {
  known ??= mapsIds();
  return known;
}

/** The first user namespace of a machine maps every id to itself (user_namespaces(7)). */
function mapsIds(): boolean {
  try {
    return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
  } catch {
    // A kernel without user namespaces has no such file.
    return false;
  }
}
