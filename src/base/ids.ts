import { ADJECTIVES, SURNAMES } from './name-words.ts';

/**
 * Where random bytes come from. A parameter because loading node:crypto costs 7 to 14 ms, half a start of Node: who has
 * getrandom(2) or /dev/urandom at hand passes that.
 */
export type RandomBytes = (size: number) => Uint8Array;

const SHORT_LENGTH = 12;

/**
 * A new identifier of a container, network or exec: 64 lower-case hexadecimal digits from 32 random bytes.
 * Never one whose short form is digits alone, since that is also the default hostname, and programs read an all-digit
 * hostname as a number or an address.
 */
export function newId(random: RandomBytes): string {
  for (;;) {
    const id = Buffer.from(random(32)).toString('hex');
    if (!/^\d+$/.test(shortId(id))) return id;
  }
}

/** The first twelve digits, as Docker prints identifiers; `sha256:` in front is dropped. */
export function shortId(id: string): string {
  return id.slice(id.indexOf(':') + 1).slice(0, SHORT_LENGTH);
}

/** Is this a full identifier, and not a name or a prefix? */
export function isFullId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/**
 * A name for a container that was given none: `calm_noether`.
 * @param attempt how many names were taken already; from the first on a digit makes the next collision less likely
 */
export function randomName(random: RandomBytes, attempt = 0): string {
  const [a = 0, b = 0, c = 0, d = 0, digit = 0] = random(5);
  const adjective = ADJECTIVES[((a << 8) | b) % ADJECTIVES.length];
  const surname = SURNAMES[((c << 8) | d) % SURNAMES.length];
  return `${adjective}_${surname}${attempt === 0 ? '' : digit % 10}`;
}

/** The names that Docker allows for containers, networks and volumes, for messages. */
export const NAME_RULE = '[a-zA-Z0-9][a-zA-Z0-9_.-]';

/** May a container, network or volume bear this name? Docker's rule: at least two characters of {@link NAME_RULE}. */
export function isValidName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(text);
}

/**
 * May the command line of an OCI runtime call a container this? runc's rule: letters, digits, `_ + - .`, and neither `.`
 * nor `..`, because the name becomes a folder of the state directory; and so no longer than a file name may be.
 */
export function isValidRuntimeId(text: string): boolean {
  return /^[\w+\-.]{1,255}$/.test(text) && text !== '.' && text !== '..';
}
