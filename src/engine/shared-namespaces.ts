import { closeSync, openSync } from 'node:fs';
import { KeelsonError, shortId } from '../base/index.ts';
import type { ContainerConfig, ContainerState } from '../spec/index.ts';
import type { EngineContext } from './engine-context.ts';
import { isAlive } from './process-identity.ts';
import { refreshRecord } from './refresh-record.ts';

type Kind = 'pid' | 'ipc' | 'network';

/** What `--pid`, `--ipc` and `--network container:NAME` take from other containers. */
export interface SharedNamespaces extends Disposable {
  /** With full ids in place of names, which may change hands. */
  config: ContainerConfig;
  /** Paths of the namespaces to join, good until disposal. */
  paths: Partial<Record<Kind, string>>;
  /** The mount namespace that holds the /dev/shm to show. */
  sharedMemory: string | undefined;
  /** Whose name and network files are shown. */
  networkOwner: ContainerState | undefined;
}

/**
 * Opens the namespaces of the containers that `config` names. By descriptor, checked after it is open: a pid may have
 * gone to another process meanwhile.
 * @throws KeelsonError `CONTAINER_NOT_FOUND`, `NAMESPACE_OWNER_NOT_RUNNING`, `IPC_NOT_SHAREABLE`, `FLAGS_CONFLICT`
 */
export async function openShared(context: EngineContext, config: ContainerConfig): Promise<SharedNamespaces> {
  using opened = new DisposableStack();
  const open = async (kind: Kind, mode: string | undefined) => {
    if (!mode?.startsWith('container:')) return undefined;
    const owner = await refreshRecord(context, context.store.find(mode.slice('container:'.length)));
    const refuse = (): never => {
      const what = `cannot share the ${kind} namespace of container ${owner.state.name}: it is not running`;
      throw new KeelsonError('conflict', what, { code: 'NAMESPACE_OWNER_NOT_RUNNING', hint: 'start it first' });
    };
    const path = (file: string) => {
      const fd = openIfThere(`/proc/${owner.state.pid}/ns/${file}`) ?? refuse();
      opened.defer(() => closeSync(fd));
      if (!isAlive(owner.owner)) refuse();
      return `/proc/${process.pid}/fd/${fd}`;
    };
    return owner.state.status === 'running' ? { owner: owner.state, path } : refuse();
  };
  refuseOwnNetworkSettings(config);
  const pid = await open('pid', config.namespaces.pid);
  const ipc = await open('ipc', config.namespaces.ipc);
  const network = await open('network', config.network.mode);
  if (ipc) refusePrivateIpc(ipc.owner);
  return {
    config: withIdsFor(config, { pid: pid?.owner, ipc: ipc?.owner, network: network?.owner }),
    paths: {
      ...(pid && { pid: pid.path('pid') }),
      ...(ipc && { ipc: ipc.path('ipc') }),
      ...(network && { network: network.path('net') }),
    },
    sharedMemory: ipc?.path('mnt'),
    networkOwner: network && ownerOfFiles(context, network.owner),
    [Symbol.dispose]: disposal(opened.move()),
  };
}

function disposal(stack: DisposableStack): () => void {
  return () => stack.dispose();
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

/** The host name of a container, as `hostname` in it says. */
export function hostnameOf({ id, config }: ContainerState): string {
  return config.hostname ?? shortId(id);
}

/** Who shares a network shares its files; those of a sharer are its own owner's. */
function ownerOfFiles(context: EngineContext, state: ContainerState): ContainerState {
  const { mode } = state.config.network;
  if (!mode.startsWith('container:')) return state;
  return ownerOfFiles(context, context.store.find(mode.slice('container:'.length)).state);
}

function withIdsFor(
  config: ContainerConfig,
  owners: Partial<Record<Kind, ContainerState | undefined>>,
): ContainerConfig {
  const mode = (owner: ContainerState | undefined) => owner && (`container:${owner.id}` as const);
  const { namespaces, network } = config;
  return {
    ...config,
    namespaces: {
      ...namespaces,
      ...(owners.pid && { pid: mode(owners.pid) }),
      ...(owners.ipc && { ipc: mode(owners.ipc) }),
    },
    network: { ...network, mode: mode(owners.network) ?? network.mode },
  };
}

function refusePrivateIpc({ name, config }: ContainerState): void {
  if (config.namespaces.ipc === 'shareable') return;
  throw new KeelsonError('conflict', `cannot share the ipc namespace of container ${name}: it is private`, {
    code: 'IPC_NOT_SHAREABLE',
    hint: 'start that container with --ipc shareable',
  });
}

/** What belongs to the network, and so to the container that owns it. */
function refuseOwnNetworkSettings({ network, hostname }: ContainerConfig): void {
  if (!network.mode.startsWith('container:')) return;
  const asked: [string, boolean][] = [
    ['--hostname', hostname !== undefined],
    ['--publish', network.ports.length > 0],
    ['--publish-all', network.publishExposed === true],
    ['--ip', (network.ip ?? network.ip6) !== undefined],
    ['--mac-address', network.macAddress !== undefined],
    ['--dns', network.dns.length + network.dnsSearch.length + network.dnsOptions.length > 0],
    ['--add-host', network.extraHosts.length > 0],
  ];
  const found = asked.find(([, wanted]) => wanted);
  if (!found) return;
  throw new KeelsonError('invalid', `${found[0]} conflicts with --network ${network.mode}`, {
    code: 'FLAGS_CONFLICT',
    hint: 'give it to the container that owns the network',
  });
}
