/**
 * `JSON.parse` that keeps large integers: one that a `number` cannot hold exactly comes out as `bigint`. Documents of
 * other languages carry unsigned 64-bit values (seccomp arguments, memory limits), and a rounded one is another value.
 *
 * @throws SyntaxError as JSON.parse does
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, keepInteger);
}

/** The reviver's third argument holds the number as it was written (V8 11.4, Node 21). */
function keepInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}
