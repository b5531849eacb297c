import type { ContainerHealth, ContainerState, ProbeResult } from '../../spec/index.ts';
import type { GoStruct } from '../template/go-value.ts';
import { timestamp } from '../text/timestamp.ts';
import { hostConfig } from './host-config.ts';
import { imageSettings } from './image-settings.ts';
import { mountPoints } from './mount-points.ts';
import { networkSettings } from './network-settings.ts';

/** What Go prints for a time that never was. */
const NEVER = '0001-01-01T00:00:00Z';

/**
 * A container in the shape of Docker's `GET /containers/{id}/json` (API 1.43), which is what programs that read `inspect`
 * know. Fields about what does not exist here (Swarm, Windows, plug-ins) are left out or empty.
 */
export function dockerContainer(state: ContainerState): GoStruct {
  const [path = '', ...args] = state.argv;
  const { config, folder } = state;
  return {
    Id: state.id,
    Created: timestamp(state.created),
    Path: path,
    Args: args,
    State: processState(state),
    Image: state.imageId ?? '',
    ResolvConfPath: config.network.mode === 'none' ? '' : `${folder}/resolv.conf`,
    HostnamePath: `${folder}/hostname`,
    HostsPath: `${folder}/hosts`,
    LogPath: state.logPath,
    Name: `/${state.name}`,
    RestartCount: 0,
    Driver: 'overlay',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: config.privileges.apparmor ?? '',
    ExecIDs: null,
    HostConfig: hostConfig(config),
    GraphDriver: {
      Name: 'overlay',
      Data: new Map([
        ['LowerDir', state.layers.lower.join(':')],
        ['UpperDir', state.layers.upper ?? ''],
        ['WorkDir', state.layers.work ?? ''],
      ]),
    },
    Mounts: mountPoints(state),
    Config: imageSettings(state),
    NetworkSettings: networkSettings(state),
  };
}

function processState(state: ContainerState): GoStruct {
  const { status, started, finished } = state;
  return {
    Status: status,
    Running: status === 'running' || status === 'paused',
    Paused: status === 'paused',
    Restarting: false,
    OOMKilled: state.oomKilled,
    Dead: status === 'dead',
    Pid: state.pid,
    ExitCode: state.exitCode ?? 0,
    Error: state.error ?? '',
    StartedAt: started === undefined ? NEVER : timestamp(started),
    FinishedAt: finished === undefined ? NEVER : timestamp(finished),
    Health: state.health && healthState(state.health),
  };
}

function healthState({ status, failingStreak, log }: ContainerHealth): GoStruct {
  const entry = ({ start, end, exitCode, output }: ProbeResult): GoStruct => ({
    Start: timestamp(start),
    End: timestamp(end),
    ExitCode: exitCode,
    Output: output,
  });
  return { Status: status, FailingStreak: failingStreak, Log: log.map(entry) };
}
