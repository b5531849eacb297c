import { invalid } from '../../base/index.ts';

/** `key=value`, or `key` alone for an empty value: labels and annotations. */
export function keyValue(text: string): [key: string, value: string] {
  const equals = text.indexOf('=');
  const [key, value] = equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
  if (key.trim() === '') throw invalid('KEY_VALUE_INVALID', 'expected KEY=VALUE');
  return [key, value];
}
