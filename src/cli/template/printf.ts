import { type GoValue, print } from './go-value.ts';
import { templateError } from './template-error.ts';

const VERB = /%(?<flags>[-0+ ]*)(?<width>\d{0,4})(?:\.(?<precision>\d{1,3}))?(?<verb>[a-zA-Z%])/g;

/** Go's fmt.Sprintf with the verbs that are of use here: %s %v %d %q %t %x %f %%. */
export function format(pattern: string, values: readonly GoValue[]): string {
  let next = 0;
  return pattern.replace(VERB, (...match) => {
    const groups: { flags: string; width: string; precision?: string; verb: string } = match.at(-1);
    if (groups.verb === '%') return '%';
    if (next >= values.length) throw templateError(`printf has too few values for '${pattern}'`);
    const shown = show(groups.verb, values[next++], groups.precision);
    const width = Number(groups.width || 0);
    if (groups.flags.includes('-')) return shown.padEnd(width);
    return shown.padStart(width, groups.flags.includes('0') && /[dxf]/.test(groups.verb) ? '0' : ' ');
  });
}

function show(verb: string, value: GoValue, precision: string | undefined): string {
  const text = print(value);
  if (verb === 's' || verb === 'v')
    return precision === undefined ? text : [...text].slice(0, Number(precision)).join('');
  if (verb === 't' && typeof value === 'boolean') return text;
  if (verb === 'q') return JSON.stringify(text);
  if (typeof value === 'number') {
    if (verb === 'd') return text;
    if (verb === 'f') return value.toFixed(Number(precision ?? 6));
    if (verb === 'x') return value.toString(16);
  }
  if (verb === 'x' && typeof value === 'string') return Buffer.from(value).toString('hex');
  throw templateError(`printf cannot show ${text} with %${verb}`);
}
