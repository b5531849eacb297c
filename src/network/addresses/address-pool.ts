import {
  addressAt,
  formatIp,
  invalid,
  KeelsonError,
  networkOf,
  offsetOf,
  parseIp,
  parsePrefix,
  prefixSize,
} from '../../base/index.ts';

/** The first address of a subnet behind its own: that of the bridge, through which its containers reach the world. */
export function gatewayOf(subnet: string): string {
  return formatIp(addressAt(networkOf(parsePrefix(subnet)), 1n));
}

/**
 * A free address of a subnet. Searches upwards from the one that was given out last and begins anew at the end, so that
 * an address rests as long as possible: neighbours remember its old MAC address, connection tracking its old flows.
 * @param taken all addresses in use, as text in canonical form
 * @param last the address given out most recently
 * @throws KeelsonError exhausted, `ADDRESSES_EXHAUSTED`
 */
export function allocateAddress(subnet: string, taken: ReadonlySet<string>, last?: string): string {
  const prefix = networkOf(parsePrefix(subnet));
  const { first, end } = usableRange(subnet);
  const after = last === undefined ? undefined : offsetOf(prefix, parseIp(last));
  const start = after === undefined || after < first || after + 1n >= end ? first : after + 1n;
  // A subnet of IPv6 is never full before memory is: what is taken bounds the search.
  const tries = Math.min(Number(end - first), taken.size + 1);
  for (let i = 0n, at = start; i < BigInt(tries); i++, at = at + 1n < end ? at + 1n : first) {
    const address = formatIp(addressAt(prefix, at));
    if (!taken.has(address)) return address;
  }
  throw new KeelsonError('exhausted', `the network ${subnet} has no free address left`, {
    code: 'ADDRESSES_EXHAUSTED',
    hint: 'remove containers that are no longer needed',
  });
}

/**
 * Checks an address that somebody asked for (`--ip`), and gives it in canonical form.
 * @throws KeelsonError invalid, `ADDRESS_OUTSIDE`; conflict, `ADDRESS_TAKEN`
 */
export function reserveAddress(subnet: string, taken: ReadonlySet<string>, wanted: string): string {
  const address = formatIp(parseIp(wanted));
  const offset = offsetOf(networkOf(parsePrefix(subnet)), parseIp(wanted));
  const { first, end } = usableRange(subnet);
  if (offset === undefined || offset < first || offset >= end) {
    throw invalid(
      'ADDRESS_OUTSIDE',
      `the address ${address} is not one that containers of the network ${subnet} can have`,
    );
  }
  if (taken.has(address)) {
    throw new KeelsonError('conflict', `the address ${address} is already in use`, { code: 'ADDRESS_TAKEN' });
  }
  return address;
}

/** The address in another subnet that stands at the same place: what an IPv4 address is paired with. */
export function pairedAddress(from: string, to: string, address: string): string {
  const offset = offsetOf(networkOf(parsePrefix(from)), parseIp(address)) ?? 0n;
  return formatIp(addressAt(networkOf(parsePrefix(to)), offset));
}

/** Offsets without the network's own address, the gateway and, in IPv4, the broadcast address. */
function usableRange(subnet: string): { first: bigint; end: bigint } {
  const prefix = parsePrefix(subnet);
  const size = prefixSize(prefix);
  return { first: 2n, end: prefix.bytes.length === 4 ? size - 1n : size };
}
