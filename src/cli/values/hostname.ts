import { invalid } from '../../base/index.ts';

/** sethostname(2) takes 64 bytes (HOST_NAME_MAX); the rest of the rule is that programs must be able to print it. */
export function hostnameValue(text: string): string {
  if (text !== '' && Buffer.byteLength(text) <= 64 && /^[\x21-\x7e]+$/.test(text) && !text.includes('/')) return text;
  throw invalid('HOSTNAME_INVALID', 'expected 1 to 64 letters, digits, dots and dashes');
}
