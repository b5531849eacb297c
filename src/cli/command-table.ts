import type { CommandTable } from './command.ts';

const CONTAINERS = 'Containers';
const VOLUMES = 'Volumes';
const IMAGES = 'Images';
const HOST = 'This host';
const SHELL = 'This program';

/** All commands, in the order of `keelson help`. */
export const COMMANDS: CommandTable = {
  run: {
    group: CONTAINERS,
    summary: 'Make a container and run a command in it',
    load: () => import('./commands/run.ts'),
  },
  ps: { group: CONTAINERS, summary: 'List containers', load: () => import('./commands/ps.ts') },
  exec: {
    group: CONTAINERS,
    summary: 'Run a command in a container that runs',
    load: () => import('./commands/exec.ts'),
  },
  logs: { group: CONTAINERS, summary: 'Show what containers have printed', load: () => import('./commands/logs.ts') },
  stop: {
    group: CONTAINERS,
    summary: 'Ask containers to end, then end them',
    load: () => import('./commands/stop.ts'),
  },
  kill: { group: CONTAINERS, summary: 'Send containers a signal', load: () => import('./commands/kill.ts') },
  wait: {
    group: CONTAINERS,
    summary: 'Wait until containers have ended and print their exit codes',
    load: () => import('./commands/wait.ts'),
  },
  rm: { group: CONTAINERS, summary: 'Remove containers', load: () => import('./commands/rm.ts') },
  'healthcheck run': {
    group: CONTAINERS,
    summary: 'Run the health check of a container once, now',
    load: () => import('./commands/healthcheck-run.ts'),
  },
  inspect: {
    group: CONTAINERS,
    summary: 'Tell everything about containers',
    load: () => import('./commands/inspect.ts'),
  },
  commit: {
    group: CONTAINERS,
    summary: 'Make an image of a container',
    load: () => import('./commands/commit.ts'),
  },
  diff: {
    group: CONTAINERS,
    summary: 'List what a container changed of its image',
    load: () => import('./commands/diff.ts'),
  },
  export: {
    group: CONTAINERS,
    summary: "Write a container's files to an archive",
    load: () => import('./commands/export.ts'),
  },
  'volume create': { group: VOLUMES, summary: 'Make a volume', load: () => import('./commands/volume-create.ts') },
  'volume ls': { group: VOLUMES, summary: 'List volumes', load: () => import('./commands/volume-ls.ts') },
  'volume inspect': {
    group: VOLUMES,
    summary: 'Tell everything about volumes',
    load: () => import('./commands/volume-inspect.ts'),
  },
  'volume rm': { group: VOLUMES, summary: 'Remove volumes', load: () => import('./commands/volume-rm.ts') },
  'volume prune': {
    group: VOLUMES,
    summary: 'Remove volumes that no container has',
    load: () => import('./commands/volume-prune.ts'),
  },
  pull: { group: IMAGES, summary: 'Get an image from its registry', load: () => import('./commands/pull.ts') },
  push: { group: IMAGES, summary: 'Send an image to its registry', load: () => import('./commands/push.ts') },
  login: { group: IMAGES, summary: 'Log in to a registry', load: () => import('./commands/login.ts') },
  logout: { group: IMAGES, summary: 'Forget the login of a registry', load: () => import('./commands/logout.ts') },
  images: { group: IMAGES, summary: 'List images', load: () => import('./commands/images.ts') },
  tag: { group: IMAGES, summary: 'Give an image one more name', load: () => import('./commands/tag.ts') },
  rmi: { group: IMAGES, summary: 'Remove images', load: () => import('./commands/rmi.ts') },
  history: { group: IMAGES, summary: 'Show the steps that made an image', load: () => import('./commands/history.ts') },
  save: { group: IMAGES, summary: 'Write images to an archive', load: () => import('./commands/save.ts') },
  load: { group: IMAGES, summary: 'Take images out of an archive', load: () => import('./commands/load.ts') },
  import: {
    group: IMAGES,
    summary: "Make an image of a file system's archive",
    load: () => import('./commands/import.ts'),
  },
  'image inspect': {
    group: IMAGES,
    summary: 'Tell everything about images',
    load: () => import('./commands/image-inspect.ts'),
  },
  'image prune': {
    group: IMAGES,
    summary: 'Remove images that nothing needs',
    load: () => import('./commands/image-prune.ts'),
  },
  'image mount': {
    group: IMAGES,
    summary: 'Show the files of images at a folder of this host',
    load: () => import('./commands/image-mount.ts'),
  },
  'image unmount': {
    group: IMAGES,
    summary: 'Undo image mount',
    load: () => import('./commands/image-unmount.ts'),
  },
  'system df': {
    group: HOST,
    summary: 'Show what images, containers and volumes take on the disk',
    load: () => import('./commands/system-df.ts'),
  },
  doctor: {
    group: HOST,
    summary: 'Check what this host can do, and how to get what is missing',
    load: () => import('./commands/doctor.ts'),
  },
  version: { group: SHELL, summary: 'Show the version', load: () => import('./commands/version.ts') },
  completion: {
    group: SHELL,
    summary: 'Print a script that completes commands in a shell',
    load: () => import('./commands/completion.ts'),
  },
  help: {
    group: SHELL,
    summary: 'Show help for a command',
    load: async () => ({ command: (await import('./commands/help.ts')).helpCommand(COMMANDS) }),
  },
};
