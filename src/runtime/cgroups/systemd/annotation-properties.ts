import { invalid } from '../../../base/index.ts';
import { parseGvariant } from './parse-gvariant.ts';
import type { UnitProperty } from './systemd.ts';

const PREFIX = 'org.systemd.property.';

/**
 * Properties that annotations set (`org.systemd.property.NAME`: a value in GVariant's text format). A name that ends in
 * `Sec` takes seconds, as unit files do; the property itself is in microseconds.
 * @throws KeelsonError invalid `SYSTEMD_ANNOTATION`
 */
export function annotationProperties(annotations: Readonly<Record<string, string>>): UnitProperty[] {
  return Object.entries(annotations)
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, text]) => {
      const name = key.slice(PREFIX.length);
      if (!/^[A-Za-z]{3,}$/.test(name)) throw refused(key, `'${name}' is no name of a property`);
      try {
        const value = parseGvariant(text);
        return /(?<!U)Sec$/.test(name) ? inMicroseconds(name, value.value) : { name, ...value };
      } catch (error) {
        throw refused(key, error instanceof Error ? error.message : String(error));
      }
    });
}

function inMicroseconds(name: string, seconds: unknown): UnitProperty {
  const amount = typeof seconds === 'bigint' ? Number(seconds) : seconds;
  if (typeof amount !== 'number' || amount < 0) throw new RangeError(`${name} takes a number of seconds`);
  return { name: name.replace(/Sec$/, 'USec'), signature: 't', value: BigInt(Math.round(amount * 1_000_000)) };
}

function refused(key: string, problem: string) {
  return invalid(
    'SYSTEMD_ANNOTATION',
    `annotation ${key}: ${problem}`,
    "write a value such as 'text', true or uint64 5",
  );
}
