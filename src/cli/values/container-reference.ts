import { isValidName } from '../../base/index.ts';

/** `container:NAME_OR_ID`, if it is that. */
export function containerReference(text: string): `container:${string}` | undefined {
  const prefix = 'container:';
  const name = text.slice(prefix.length);
  return text.startsWith(prefix) && isValidName(name) ? `container:${name}` : undefined;
}
