import { addressAt, formatIp, KeelsonError, networkOf, parsePrefix, prefixesOverlap } from '../../base/index.ts';

/**
 * Where networks are looked for when nobody says where: 256 × 4,094 addresses at 10.208.0.0/12, away from what others take
 * by default: Docker 172.17 to 172.31 and 192.168, Podman 10.88 and 10.89, k3s 10.42 and 10.43, flannel 10.244, libvirt 192.168.122, LXD 10.x at random, Tailscale 100.64.
 */
const POOL_4 = '10.208.0.0/12';
const LENGTH_4 = 20;

/** Unique local addresses (RFC 4193): fd, and "keelson" in ASCII. */
const POOL_6 = 'fd6b:6565:6c73:6f00::/56';
const LENGTH_6 = 64;

/**
 * The first subnet of the pool that has no address in common with what the host already reaches.
 * @param routes prefixes of the host's routes, its own addresses and name servers among them; default routes left out
 * @throws KeelsonError exhausted, `SUBNETS_EXHAUSTED`
 */
export function chooseSubnet(family: 4 | 6, routes: readonly string[]): string {
  const [pool, length] = family === 4 ? [parsePrefix(POOL_4), LENGTH_4] : [parsePrefix(POOL_6), LENGTH_6];
  const used = routes
    .map((route) => networkOf(parsePrefix(route)))
    .filter(({ bytes }) => bytes.length === pool.bytes.length);
  const step = 1n << BigInt(pool.bytes.length * 8 - length);
  for (let i = 0n; i < 1n << BigInt(length - pool.length); i++) {
    const candidate = { bytes: addressAt(pool, i * step), length };
    if (!used.some((other) => prefixesOverlap(candidate, other))) return `${formatIp(candidate.bytes)}/${length}`;
  }
  throw new KeelsonError(
    'exhausted',
    `every IPv${family} network in ${family === 4 ? POOL_4 : POOL_6} is already routed on this host`,
    {
      code: 'SUBNETS_EXHAUSTED',
      hint: 'remove networks that are no longer needed, or give a subnet of your own',
    },
  );
}
