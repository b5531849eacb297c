import { invalid, isValidName, NAME_RULE } from '../../base/index.ts';

/** `--name`: Docker's rule, and Docker's leading slash is dropped. */
export function containerName(text: string): string {
  const name = text.startsWith('/') ? text.slice(1) : text;
  if (isValidName(name)) return name;
  throw invalid('NAME_INVALID', `expected at least two characters, the first a letter or digit, of ${NAME_RULE}`);
}
