/** Bytes at whose multiples a type begins (D-Bus specification, "Summary of D-Bus marshalling"). */
const ALIGNMENT: Readonly<Record<string, number>> = {
  ...{ y: 1, g: 1, v: 1, n: 2, q: 2 },
  ...{ b: 4, i: 4, u: 4, s: 4, o: 4, a: 4, h: 4 },
  ...{ x: 8, t: 8, d: 8, '(': 8, '{': 8 },
};

export function alignmentOf(type: string): number {
  return ALIGNMENT[type[0] ?? ''] ?? 1;
}

/**
 * `sa(sv)u` → `s`, `a(sv)`, `u`.
 * @throws RangeError when it is none
 */
export function splitSignature(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

/** Of `(su)` or `{sv}`: what is inside. */
export function membersOf(structure: string): string[] {
  return splitSignature(structure.slice(1, -1));
}

function endOfType(signature: string, start: number): number {
  let at = start;
  while (signature[at] === 'a') at++;
  const type = signature[at] ?? '';
  if (type === '' || !(type in ALIGNMENT)) throw new RangeError(`'${signature}' is no signature`);
  if (type !== '(' && type !== '{') return at + 1;
  const close = type === '(' ? ')' : '}';
  for (at++; signature[at] !== close; ) at = endOfType(signature, at);
  return at + 1;
}
