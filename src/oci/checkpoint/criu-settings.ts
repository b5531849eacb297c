import { statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { invalid } from '../../base/index.ts';
import type { CommandCall } from '../command.ts';
import { errorCode } from '../error-code.ts';
import type { FlagTable } from '../flags.ts';
import { makeFolder } from '../make-folder.ts';
import { CGROUP_MODES, type CriuOptions } from './criu-messages.ts';

const value = { value: true } as const;

/** What `checkpoint` and `restore` both know. */
export const criuFlags: FlagTable = {
  'image-path': value,
  'work-path': value,
  'tcp-established': {},
  'ext-unix-sk': {},
  'shell-job': {},
  'lazy-pages': {},
  'file-locks': {},
  'manage-cgroups-mode': value,
  'empty-ns': value,
  'auto-dedup': {},
  'link-remap': {},
};

const CLONE_NEWNET = 0x40000000;
/** Where criu is told of settings that its user made for containers; an annotation of this name says another place. */
const CONFIG_ANNOTATION = 'org.criu.config';
const CONFIG_FILE = '/etc/criu/runc.conf';

export interface CriuFolders {
  images: string;
  /** Where its log is. */
  work: string;
}

/** Absolute paths. As with runc `checkpoint` in the working folder is where images are when nobody says. */
export function criuFolders({ context, flags }: CommandCall): CriuFolders {
  const images = resolve(context.folder, flags.value('image-path') || 'checkpoint');
  const work = flags.value('work-path');
  return { images, work: work ? resolve(context.folder, work) : images };
}

/** Of our own user alone: what is in memory goes there. */
export function makeFolders({ images, work }: CriuFolders): void {
  for (const folder of [images, work]) {
    makeFolder(folder);
    requireFolder(folder);
  }
}

function requireFolder(path: string): void {
  if (!statSync(path).isDirectory()) throw invalid('CHECKPOINT_FLAGS', `mkdir ${path}: not a directory`);
}

/** What the flags say, for both directions. @throws KeelsonError invalid `CHECKPOINT_FLAGS` */
export function optionsOfFlags({ flags }: CommandCall): CriuOptions {
  return {
    log_level: 4,
    notify_scripts: true,
    manage_cgroups: true,
    manage_cgroups_mode: cgroupMode(flags.value('manage-cgroups-mode')),
    shell_job: flags.on('shell-job'),
    ext_unix_sk: flags.on('ext-unix-sk'),
    tcp_established: flags.on('tcp-established'),
    file_locks: flags.on('file-locks'),
    auto_dedup: flags.on('auto-dedup'),
    link_remap: flags.on('link-remap'),
    lazy_pages: flags.on('lazy-pages'),
    empty_ns: emptyNamespaces(flags.values('empty-ns')),
    orphan_pts_master: true,
  };
}

/** `config_file`: none where the annotation is empty. */
export function configFile(annotations: Readonly<Record<string, string>> = {}): CriuOptions {
  const path = annotations[CONFIG_ANNOTATION] ?? CONFIG_FILE;
  return path === '' ? {} : { config_file: path };
}

/** What only a checkpoint knows. @throws KeelsonError invalid `CHECKPOINT_FLAGS` */
export function dumpOptions({ flags }: CommandCall, { images }: CriuFolders): CriuOptions {
  const parent = flags.value('parent-path');
  return {
    leave_running: flags.on('leave-running'),
    tcp_skip_in_flight: flags.on('tcp-skip-in-flight'),
    ...(parent ? { parent_img: parentFolder(images, parent), track_mem: true } : {}),
    ...pageServer(flags.value('page-server')),
  };
}

function cgroupMode(name: string | undefined): number {
  const modes: Readonly<Record<string, number>> = CGROUP_MODES;
  const mode = modes[name || 'default'];
  if (mode === undefined || name === 'default') throw invalid('CHECKPOINT_FLAGS', 'Invalid manage cgroups mode');
  return mode;
}

/** Nobody but the engine, or its hooks, configures the container's network: it comes back empty, as with runc. */
function emptyNamespaces(names: readonly string[]): number {
  const other = names.find((name) => name !== 'network');
  if (other !== undefined) throw invalid('CHECKPOINT_FLAGS', `namespace ${JSON.stringify(other)} is not supported`);
  return CLONE_NEWNET;
}

/** criu makes a link of it in the new images, so that they can be moved together. */
function parentFolder(images: string, parent: string): string {
  if (isAbsolute(parent)) throw invalid('CHECKPOINT_FLAGS', '--parent-path must be relative');
  const path = join(images, parent);
  try {
    if (statSync(path).isDirectory()) return parent;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw invalid('CHECKPOINT_FLAGS', `invalid --parent-path: stat ${path}: no such file or directory`);
  }
  throw invalid('CHECKPOINT_FLAGS', `invalid --parent-path: stat ${path}: not a directory`);
}

function pageServer(text: string | undefined): CriuOptions {
  if (!text) return {};
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(.+)$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (!address) throw invalid('CHECKPOINT_FLAGS', 'Use --page-server ADDRESS:PORT to specify page server');
  if (!/^\d+$/.test(port)) throw invalid('CHECKPOINT_FLAGS', 'Invalid port number');
  return { ps: { address, port: Number(port) } };
}
