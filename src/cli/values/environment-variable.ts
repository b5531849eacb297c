import { invalid } from '../../base/index.ts';

/** What `-e` says: a variable with its value, or the name of one whose value is taken from our own environment. */
export interface EnvironmentVariable {
  name: string;
  value?: string;
}

/** `NAME=value` or `NAME`. A value may contain anything but NUL, which execve(2) would take for its end. */
export function environmentVariable(text: string): EnvironmentVariable {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (name === '' || text.includes('\0')) throw invalid('ENV_INVALID', 'expected NAME=VALUE or NAME');
  return equals < 0 ? { name } : { name, value: text.slice(equals + 1) };
}

/**
 * The variables of a container, as `NAME=value`, in the order in which their names first appear; the last value of a name
 * counts. A name without a value takes the value that `ours` has for it, and is left out where that has none, as Docker does.
 */
export function resolveEnvironment(
  variables: readonly EnvironmentVariable[],
  ours: Readonly<Record<string, string | undefined>>,
): string[] {
  const values = new Map<string, string>();
  for (const { name, value = ours[name] } of variables) {
    if (value === undefined) values.delete(name);
    else values.set(name, value);
  }
  return Array.from(values, ([name, value]) => `${name}=${value}`);
}
