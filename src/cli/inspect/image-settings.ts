import { shortId } from '../../base/index.ts';
import type { ContainerState } from '../../spec/index.ts';
import type { GoStruct } from '../template/go-value.ts';
import { healthcheckFields } from './healthcheck-fields.ts';

/** Docker's `Config`: what does not depend on the host. */
export function imageSettings({ id, config, ports }: ContainerState): GoStruct {
  const published = ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
  const exposed = [...published, ...(config.network.exposed ?? [])];
  return {
    Hostname: config.hostname ?? shortId(id),
    Domainname: config.domainname ?? '',
    User: config.user ?? '',
    AttachStdin: config.attached?.includes('stdin') ?? config.interactive,
    AttachStdout: config.attached?.includes('stdout') ?? true,
    AttachStderr: config.attached?.includes('stderr') ?? true,
    ...(exposed.length > 0 && { ExposedPorts: new Map(exposed.map((port) => [port, new Map()])) }),
    Tty: config.tty,
    OpenStdin: config.interactive,
    StdinOnce: config.interactive,
    Env: config.env,
    Cmd: config.command.length > 0 ? config.command : null,
    Healthcheck: config.healthcheck && healthcheckFields(config.healthcheck),
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
