import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid } from '../base/index.ts';
import { type Capabilities, type Process, parseJson, parseProcess, type User } from '../spec/index.ts';
import type { CommandCall } from './command.ts';

const NAME = { document: 'process.json', code: 'PROCESS_INVALID' };

/**
 * What `exec` is to start: the whole of `--process`, or the container's own process with another command and what the
 * flags change.
 * @throws KeelsonError invalid `PROCESS_INVALID`
 */
export function execProcess(call: CommandCall, own: Process | undefined): Process {
  const { context, flags, args } = call;
  const file = flags.value('process');
  if (file) return parseProcess(parseJson(readFileSync(resolve(context.folder, file), 'utf8'), NAME)).process;
  if (args.length < 2) throw invalid('PROCESS_INVALID', 'process args cannot be empty');
  const cwd = flags.value('cwd');
  if (cwd !== undefined && !cwd.startsWith('/')) throw invalid('PROCESS_INVALID', 'Cwd must be an absolute path');
  for (const variable of flags.values('env')) requireVariable(variable);
  const label = flags.value('process-label');
  const profile = flags.value('apparmor');
  const process: Process = {
    ...own,
    args: args.slice(1),
    cwd: cwd ?? own?.cwd ?? '/',
    env: [...(own?.env ?? []), ...flags.values('env')],
    terminal: flags.on('tty'),
    user: user(call, own?.user ?? {}),
    capabilities: withCapabilities(own?.capabilities, flags.values('cap')),
    ...(flags.on('no-new-privs') ? { noNewPrivileges: true } : {}),
    ...(label === undefined ? {} : { selinuxLabel: label }),
    ...(profile === undefined ? {} : { apparmorProfile: profile }),
  };
  return parseProcess(process).process;
}

/** In the words of runc, which finds it when the process is there already. */
function requireVariable(text: string): void {
  const where = 'unable to start container process: ';
  if (!text.includes('=')) {
    throw invalid('PROCESS_INVALID', `${where}invalid environment variable: ${JSON.stringify(text)}`);
  }
  if (text.startsWith('=')) {
    throw invalid('PROCESS_INVALID', `${where}environment variable name can't be empty: ${JSON.stringify(text)}`);
  }
}

/** `uid[:gid]`, numbers alone: anything else would be taken for root (CVE-2022-29162 and relatives). */
function user({ flags }: CommandCall, own: User): User {
  const text = flags.value('user');
  const groups = flags.values('additional-gids').flatMap((value) => value.split(','));
  const [uid, gid] = (text ?? '').split(':');
  return {
    ...own,
    ...(text === undefined ? {} : { uid: id('uid', uid) }),
    ...(gid === undefined ? {} : { gid: id('gid', gid) }),
    additionalGids: [...(own.additionalGids ?? []), ...groups.map((group) => id('gid', group))],
  };
}

function id(kind: string, text = ''): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number < 2 ** 32 - 1) return number;
  const reason = /^[+-]?\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  const message = `parsing ${text} as int for ${kind} failed: strconv.Atoi: parsing ${JSON.stringify(text)}: ${reason}`;
  throw invalid('PROCESS_INVALID', message);
}

function withCapabilities(own: Capabilities | undefined, added: readonly string[]): Capabilities {
  const add = (names: readonly string[] = []) => [...names, ...added];
  return {
    bounding: add(own?.bounding),
    effective: add(own?.effective),
    permitted: add(own?.permitted),
    inheritable: own?.inheritable ?? [],
    ambient: own?.ambient ?? [],
  };
}
