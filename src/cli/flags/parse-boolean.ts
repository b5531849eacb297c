import { invalid } from '../../base/index.ts';

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** The words for yes and no that Docker's flags take (Go's strconv.ParseBool). */
export function parseBoolean(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw invalid('BOOLEAN_INVALID', 'expected true or false');
}
