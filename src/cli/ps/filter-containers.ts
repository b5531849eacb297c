import { invalid } from '../../base/index.ts';
import type { ContainerState } from '../../spec/index.ts';

/** Keeps what one value of a filter asks for. */
type Match = (state: ContainerState, value: string) => boolean;

const STATUSES = ['created', 'running', 'paused', 'exited', 'dead', 'removing'];

const HEALTH = ['starting', 'healthy', 'unhealthy', 'none'];

/** Docker's filters, as far as containers here have what they ask for. */
const FILTERS: Readonly<Record<string, Match>> = {
  id: ({ id }, value) => id.startsWith(value),
  // Docker takes a regular expression; a part of the name is what people mean, and cannot be made to run for minutes.
  name: ({ name }, value) => name.includes(value.replace(/^\^?\/?/, '').replace(/\$$/, '')) && anchored(name, value),
  label: ({ config }, value) => hasLabel(config.labels, value),
  status: ({ status }, value) => status === value,
  exited: ({ status, exitCode }, value) => status === 'exited' && String(exitCode ?? 0) === value,
  health: ({ health }, value) => (health?.status ?? 'none') === value,
  ancestor: ({ config }, value) => config.image === value || config.image === `${value}:latest`,
  network: ({ config }, value) => config.network.mode === value,
  volume: ({ config }, value) => config.mounts.some(({ source, target }) => source === value || target === value),
};

export interface Filter {
  key: string;
  value: string;
}

/** `name=web`, `status=exited`, `label=tier=front`. */
export function filterValue(text: string): Filter {
  const equals = text.indexOf('=');
  const filter = { key: text.slice(0, Math.max(equals, 0)).trim(), value: text.slice(equals + 1).trim() };
  if (!Object.hasOwn(FILTERS, filter.key)) {
    throw invalid('FILTER_UNKNOWN', `expected ${Object.keys(FILTERS).join('=, ')}= and a value`);
  }
  if (filter.key === 'status' && !STATUSES.includes(filter.value)) {
    throw invalid('FILTER_STATUS', `expected status=${STATUSES.join(', ')}`);
  }
  if (filter.key === 'health' && !HEALTH.includes(filter.value)) {
    throw invalid('FILTER_HEALTH', `expected health=${HEALTH.join(', ')}`);
  }
  if (filter.key === 'exited' && !/^\d{1,3}$/.test(filter.value))
    throw invalid('FILTER_EXITED', 'expected exited=CODE');
  return filter;
}

/** Those that match one value of each key; for labels all of them (Docker's rule). */
export function filterContainers(states: readonly ContainerState[], filters: readonly Filter[]): ContainerState[] {
  const byKey = [...Map.groupBy(filters, ({ key }) => key)];
  return states.filter((state) =>
    byKey.every(([key, own]) => {
      const matches = ({ value }: Filter) => FILTERS[key]?.(state, value) ?? false;
      return key === 'label' ? own.every(matches) : own.some(matches);
    }),
  );
}

/** Do the filters ask for containers that do not run? Then all are looked at, as with `--all`. */
export function wantsStopped(filters: readonly Filter[]): boolean {
  return filters.some(({ key }) => key === 'status' || key === 'exited');
}

function hasLabel(labels: Readonly<Record<string, string>>, text: string): boolean {
  const equals = text.indexOf('=');
  if (equals < 0) return Object.hasOwn(labels, text);
  const name = text.slice(0, equals);
  return Object.hasOwn(labels, name) && labels[name] === text.slice(equals + 1);
}

/** `^web` and `web$` as people write them for a whole name. */
function anchored(name: string, pattern: string): boolean {
  const plain = pattern.replace(/^\^?\/?/, '').replace(/\$$/, '');
  return (!pattern.startsWith('^') || name.startsWith(plain)) && (!pattern.endsWith('$') || name.endsWith(plain));
}
