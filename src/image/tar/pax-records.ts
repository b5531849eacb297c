import type { ByteString } from './tar-entry.ts';
import { tarError } from './tar-error.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;

/**
 * Reads PAX records, `LENGTH KEY=VALUE\n` each (pax(1p), "pax Extended Header"). The length counts the whole record, itself
 * included, so that values may hold any byte. Of a repeated key the last counts.
 */
export function decodePaxRecords(data: Buffer): Map<ByteString, Buffer> {
  const records = new Map<ByteString, Buffer>();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(SPACE, at);
    const digits = data.toString('latin1', at, space < 0 ? at : space);
    const length = Number(digits);
    const end = at + length;
    if (!/^[1-9]\d{0,9}$/.test(digits) || end > data.length || data[end - 1] !== NEWLINE) {
      throw tarError('a PAX record has a wrong length');
    }
    const equals = data.indexOf(0x3d, space);
    if (equals <= space + 1 || equals >= end) throw tarError('a PAX record has no key');
    records.set(data.toString('latin1', space + 1, equals), data.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

/** A whole number of a record: a size, a user id. */
export function paxInteger(value: Buffer, key: string): number {
  const digits = value.toString('latin1');
  const number = Number(digits);
  if (!/^\d+$/.test(digits) || !Number.isSafeInteger(number)) throw tarError(`the PAX record ${key} is not a number`);
  return number;
}

/** A time of a record, `[-]SECONDS[.FRACTION]`, in nanoseconds. */
export function paxTime(value: Buffer, key: string): bigint {
  const parts = /^(-?)(\d{1,18})(?:\.(\d*))?$/.exec(value.toString('latin1'));
  if (!parts) throw tarError(`the PAX record ${key} is not a time`);
  const [, sign, seconds = '0', fraction = ''] = parts;
  const time = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -time : time;
}
