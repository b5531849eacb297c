import { invalid } from '../../base/index.ts';

/** `NET_ADMIN`, `net_admin`, `CAP_NET_ADMIN`, `ALL`; given back as `CAP_NET_ADMIN` or `ALL`. */
export function capabilityValue(text: string): string {
  const name = text.trim().toUpperCase();
  if (name === 'ALL') return name;
  if (!/^[A-Z][A-Z_]*$/.test(name))
    throw invalid('CAPABILITY_INVALID', 'expected a capability such as NET_ADMIN, or ALL');
  return name.startsWith('CAP_') ? name : `CAP_${name}`;
}
