import { invalid } from './invalid.ts';

/** Powers of the binary unit letters that Docker knows; `k` and `K` both mean 1024 when a size is read. */
const EXPONENTS: Readonly<Record<string, number>> = { '': 0, b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

const SIZE = /^(\d+(?:\.\d*)?|\.\d+) ?(?:([kmgtp])(?:i?b)?|b)?$/i;

/** What `-1` says in a limit: none. */
export const UNLIMITED = -1;

/**
 * Reads a size as Docker's options do: `64m`, `1.5g`, `512MiB`, `4096`, `10 kb`; units are powers of 1024.
 * Gives whole bytes, rounded down. `-1` is refused; see {@link parseSizeOrUnlimited}.
 * @throws KeelsonError `SIZE_INVALID`, also for sizes that a JavaScript number cannot hold exactly
 */
export function parseSize(text: string): number {
  const match = SIZE.exec(text.trim());
  const bytes =
    match === null ? Number.NaN : Number(match[1]) * 1024 ** (EXPONENTS[(match[2] ?? '').toLowerCase()] ?? 0);
  if (!(bytes <= Number.MAX_SAFE_INTEGER)) {
    throw invalid(
      'SIZE_INVALID',
      `invalid size: '${text}'`,
      'write a number and a unit, for example 64m, 1.5g or 4096',
    );
  }
  return Math.floor(bytes);
}

/** Like {@link parseSize}, but `-1` means {@link UNLIMITED}, as in `--memory-swap -1`. */
export function parseSizeOrUnlimited(text: string): number {
  return text.trim() === '-1' ? UNLIMITED : parseSize(text);
}

const DECIMAL_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'] as const;
const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB'] as const;

/** Sizes on disk as `docker images` and `docker ps --size` print them: powers of 1000, three digits, `4.26MB`. */
export function formatSize(bytes: number): string {
  return scaled(bytes, { base: 1000, digits: 3, units: DECIMAL_UNITS });
}

/** Sizes in memory as `docker stats` prints them: powers of 1024, four digits, `1.945GiB`. */
export function formatMemory(bytes: number): string {
  return scaled(bytes, { base: 1024, digits: 4, units: BINARY_UNITS });
}

interface Scale {
  base: number;
  digits: number;
  units: readonly string[];
}

function scaled(bytes: number, { base, digits, units }: Scale): string {
  let unit = 0;
  let size = bytes;
  while (size >= base && unit < units.length - 1) {
    size /= base;
    unit += 1;
  }
  // 999,999 rounds to 1000 kB with three digits, for which Docker prints `1e+03kB`; the next unit says the same readably.
  if (rounded(size, digits) >= base && unit < units.length - 1) {
    size /= base;
    unit += 1;
  }
  return `${rounded(size, digits)}${units[unit]}`;
}

function rounded(size: number, digits: number): number {
  return Number(size.toPrecision(digits));
}
