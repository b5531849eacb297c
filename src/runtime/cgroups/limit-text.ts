/** The largest number that the kernel reads from a control file; from there on a limit is none. */
const LARGEST = 2 ** 63;

/** A whole number in all its digits: above 2^53 String() rounds for people, and the kernel would read another number. */
export function decimal(number: number): string {
  return BigInt(number).toString();
}

/** A limit as v1 takes it: -1 is none. */
export function limitV1(limit: number): string {
  return limit < 0 || limit >= LARGEST ? '-1' : decimal(limit);
}

/** A limit as v2 takes it, and pids.max of v1. */
export function limitV2(limit: number): string {
  return limit < 0 || limit >= LARGEST ? 'max' : decimal(limit);
}

/** In a specification 0 often counts as missing: Go cannot tell one from the other, and all callers are used to it. */
export function given(number: number | undefined): number | undefined {
  return number === 0 ? undefined : number;
}
