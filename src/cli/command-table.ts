import type { Command } from './command.ts';

/** A line of `keelson help`, and how to get at the rest: a command's file is read when it is run, not before. */
export interface CommandEntry {
  readonly group: string;
  readonly summary: string;
  load(): Promise<{ command: Command }>;
}

const CONTAINERS = 'Containers';
const SHELL = 'This program';

export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
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
  inspect: {
    group: CONTAINERS,
    summary: 'Tell everything about containers',
    load: () => import('./commands/inspect.ts'),
  },
  version: { group: SHELL, summary: 'Show the version', load: () => import('./commands/version.ts') },
  help: { group: SHELL, summary: 'Show help for a command', load: () => import('./commands/help.ts') },
};

/** Other names that Docker users know. */
export const ALIASES: Readonly<Record<string, string>> = { ls: 'ps', list: 'ps', remove: 'rm' };
