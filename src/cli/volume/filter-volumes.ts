import { invalid } from '../../base/index.ts';
import type { Volume } from '../../spec/index.ts';
import { parseBoolean } from '../flags/parse-boolean.ts';

export interface VolumeFilter {
  key: string;
  matches(volume: Volume): boolean;
}

const LABEL = (text: string, labels: Readonly<Record<string, string>>) => {
  const equals = text.indexOf('=');
  if (equals < 0) return Object.hasOwn(labels, text);
  const name = text.slice(0, equals);
  return Object.hasOwn(labels, name) && labels[name] === text.slice(equals + 1);
};

const KEYS: Readonly<Record<string, (value: string) => VolumeFilter['matches']>> = {
  dangling: (value) => {
    const wanted = parseBoolean(value);
    return ({ inUse }) => inUse !== wanted;
  },
  driver: (value) => () => value === 'local',
  label: (value) => (volume) => LABEL(value, volume.labels),
  'label!': (value) => (volume) => !LABEL(value, volume.labels),
  name: (value) => (volume) => volume.name.includes(value),
};

/** `dangling=true`, `label=tier=front`, `label!=keep`: those of `keys`. */
export function volumeFilter(keys: readonly string[]): (text: string) => VolumeFilter {
  return (text) => {
    const [, key = '', value = ''] = /^([a-z]+!?)=(.*)$/s.exec(text) ?? [];
    const make = keys.includes(key) ? KEYS[key] : undefined;
    if (make) return { key, matches: make(value) };
    throw invalid('FILTER_UNKNOWN', `expected ${keys.join('=, ')}= and a value`);
  };
}

/** One value of each key must hold; of labels all (Docker's rule). */
export function matchesAll(filters: readonly VolumeFilter[]): (volume: Volume) => boolean {
  const byKey = [...Map.groupBy(filters, ({ key }) => key)];
  return (volume) =>
    byKey.every(([key, own]) =>
      key.startsWith('label') ? own.every((f) => f.matches(volume)) : own.some((f) => f.matches(volume)),
    );
}
