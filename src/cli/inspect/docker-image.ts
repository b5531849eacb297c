import type { ExecutionConfig, ImageDetails } from '../../spec/index.ts';
import type { GoStruct, GoValue } from '../template/go-value.ts';
import { healthcheckFields } from './healthcheck-fields.ts';

/** An image in the shape of Docker's `GET /images/{name}/json`, which is what programs that read `inspect` know. */
export function dockerImage({ id, names, digests, config, layerSizes, folders }: ImageDetails): GoStruct {
  const size = layerSizes.reduce((sum, one) => sum + one, 0);
  const [upper = '', ...lower] = folders;
  return {
    Id: id,
    RepoTags: names.filter((name) => !name.includes('@')),
    RepoDigests: digests,
    Parent: '',
    Comment: config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? '',
    DockerVersion: '',
    Author: config.author ?? '',
    Config: executionConfig(config.config ?? {}),
    Architecture: config.architecture,
    ...(config.variant !== undefined && { Variant: config.variant }),
    Os: config.os,
    Size: size,
    VirtualSize: size,
    GraphDriver: {
      Name: 'overlay',
      Data: new Map([
        ...(lower.length > 0 ? ([['LowerDir', lower.join(':')]] as const) : []),
        ...(upper === '' ? [] : ([['UpperDir', upper]] as const)),
      ]),
    },
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
  };
}

function executionConfig(config: ExecutionConfig): GoStruct {
  const names = (of: Readonly<Record<string, object>> | undefined): GoValue =>
    of && new Map(Object.keys(of).map((name) => [name, new Map()]));
  const exposed = names(config.ExposedPorts);
  const health = config.Healthcheck;
  return {
    Hostname: '',
    Domainname: '',
    User: config.User ?? '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...(exposed !== undefined && { ExposedPorts: exposed }),
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    Healthcheck: health && healthcheckFields(health),
    Image: '',
    Volumes: names(config.Volumes) ?? null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ? new Map(Object.entries(config.Labels)) : null,
    ...(config.StopSignal !== undefined && { StopSignal: config.StopSignal }),
    ...(config.Shell !== undefined && { Shell: config.Shell }),
  };
}
