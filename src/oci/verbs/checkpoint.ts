import { KeelsonError } from '../../base/index.ts';
import type { Command, CommandCall } from '../command.ts';

const value = { value: true } as const;

const flags = {
  'image-path': value,
  'work-path': value,
  'parent-path': value,
  'leave-running': {},
  'tcp-established': {},
  'ext-unix-sk': {},
  'shell-job': {},
  'lazy-pages': {},
  'status-fd': { value: true, form: 'number' },
  'page-server': value,
  'file-locks': {},
  'pre-dump': {},
  'manage-cgroups-mode': value,
  'empty-ns': value,
  'auto-dedup': {},
} as const;

/** Both say clearly that they cannot, with runc's form of an error. */
export const checkpoint: Command = {
  flags,
  args: { least: 1, most: 1 },
  usage: 'checkpoint [command options] <container-id>',
  purpose: 'checkpoint a running container',
  run: refuse,
};

export const restore: Command = {
  flags: {
    ...flags,
    'console-socket': value,
    bundle: { letter: 'b', value: true },
    detach: { letter: 'd' },
    'pid-file': value,
    'no-subreaper': {},
    'no-pivot': {},
    'lsm-profile': value,
    'lsm-mount-context': value,
  },
  args: { least: 1, most: 1 },
  usage: 'restore [command options] <container-id>',
  purpose: 'restore a container from a previous checkpoint',
  run: refuse,
};

async function refuse({ options }: CommandCall): Promise<number> {
  throw new KeelsonError('unsupported', `checkpoint and restore through ${options.criu} are not supported`, {
    code: 'CHECKPOINT',
  });
}
