import { shortId } from '../../base/index.ts';
import type { ContainerState } from '../../spec/index.ts';
import type { GoStruct } from '../template/go-value.ts';

/** Docker's `Config`: what does not depend on the host. */
export function imageSettings({ id, config, ports }: ContainerState): GoStruct {
  return {
    Hostname: config.hostname ?? shortId(id),
    Domainname: config.domainname ?? '',
    User: config.user ?? '',
    AttachStdin: config.interactive,
    AttachStdout: true,
    AttachStderr: true,
    ...(ports.length > 0 && {
      ExposedPorts: new Map(ports.map(({ containerPort, protocol }) => [`${containerPort}/${protocol}`, new Map()])),
    }),
    Tty: config.tty,
    OpenStdin: config.interactive,
    StdinOnce: config.interactive,
    Env: config.env,
    Cmd: config.command.length > 0 ? config.command : null,
    Image: config.image ?? config.rootfs ?? '',
    Volumes: null,
    WorkingDir: config.workdir ?? '',
    Entrypoint: config.entrypoint ?? null,
    OnBuild: null,
    Labels: new Map(Object.entries(config.labels)),
    ...(config.stopSignal !== undefined && { StopSignal: config.stopSignal }),
    ...(config.stopTimeout !== undefined && { StopTimeout: config.stopTimeout }),
  };
}
