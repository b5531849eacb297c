import { humanAgo, humanDuration, shortId } from '../../base/index.ts';
import type { ContainerState, HealthStatus, PortConfig } from '../../spec/index.ts';
import type { GoStruct } from '../template/go-value.ts';
import { localTimestamp } from '../text/timestamp.ts';

/** Longest command that `docker ps` shows uncut. */
const COMMAND_LENGTH = 20;

export interface RowOptions {
  /** Milliseconds since 1970. */
  now: number;
  noTrunc: boolean;
}

/** A container in the words of `docker ps`: the fields of its `--format`. */
export function containerRow(state: ContainerState, { now, noTrunc }: RowOptions): GoStruct {
  const { config } = state;
  const command = state.argv.join(' ');
  const labels = Object.entries(config.labels);
  const volumes = config.mounts.filter(({ type }) => type === 'volume').length;
  return {
    Command: JSON.stringify(noTrunc ? command : ellipsis(command, COMMAND_LENGTH)),
    CreatedAt: localTimestamp(state.created),
    ID: noTrunc ? state.id : shortId(state.id),
    Image: config.image ?? config.rootfs ?? '',
    Label: (name) => (typeof name === 'string' ? (config.labels[name] ?? '') : ''),
    Labels: labels.map(([name, value]) => `${name}=${value}`).join(','),
    LocalVolumes: String(volumes),
    Mounts: mountNames(state, noTrunc),
    Names: state.name,
    Networks: config.network.mode,
    Ports: portsText(state.status === 'running' ? state.ports : []),
    RunningFor: humanAgo(state.created, now),
    State: state.status,
    Status: statusText(state, now),
  };
}

/** The heading of each field, as `table` formats print it. */
export const HEADINGS: GoStruct = {
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Label: (name) => String(name).split('.').at(-1)?.replaceAll(/[-_]/g, ' ') ?? '',
  Labels: 'LABELS',
  LocalVolumes: 'LOCAL VOLUMES',
  Mounts: 'MOUNTS',
  Names: 'NAMES',
  Networks: 'NETWORKS',
  Ports: 'PORTS',
  RunningFor: 'CREATED',
  State: 'STATE',
  Status: 'STATUS',
};

/** `Up 2 minutes`, `Exited (0) 3 seconds ago`: Docker's words. */
function statusText(state: ContainerState, now: number): string {
  const up = `Up ${humanDuration(now - (state.started ?? state.created))}`;
  switch (state.status) {
    case 'running':
      return state.health === undefined ? up : `${up} (${healthText(state.health.status)})`;
    case 'paused':
      return `${up} (Paused)`;
    case 'exited':
      return `Exited (${state.exitCode ?? 0}) ${humanAgo(state.finished ?? state.created, now)}`;
    case 'removing':
      return 'Removal In Progress';
    default:
      return state.status === 'dead' ? 'Dead' : 'Created';
  }
}

function healthText(status: HealthStatus): string {
  return status === 'starting' ? 'health: starting' : status;
}

/** `0.0.0.0:8080->80/tcp, [::]:8080->80/tcp`: a port without an address is open on all of both families. */
function portsText(ports: readonly PortConfig[]): string {
  return ports
    .flatMap(({ hostIp, hostPort, containerPort, protocol }) => {
      const addresses = hostIp === '' ? ['0.0.0.0', '::'] : [hostIp];
      return addresses.map((ip) => `${ip.includes(':') ? `[${ip}]` : ip}:${hostPort}->${containerPort}/${protocol}`);
    })
    .join(', ');
}

function mountNames({ config }: ContainerState, noTrunc: boolean): string {
  const names = config.mounts.flatMap(({ type, source }) => (type === 'tmpfs' || source === undefined ? [] : [source]));
  return names.map((name) => (noTrunc ? name : ellipsis(name, 15))).join(',');
}

/** Cut to so many characters, the last of which says that something is missing. */
function ellipsis(text: string, length: number): string {
  const letters = [...text];
  return letters.length <= length ? text : `${letters.slice(0, length - 1).join('')}…`;
}
