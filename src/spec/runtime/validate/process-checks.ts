import type { Problem } from '../../schema/problem.ts';
import { shown } from '../../schema/scalars.ts';
import type { Process } from '../process.ts';
import type { Check } from './check.ts';
import { isNumberList } from './number-list.ts';

/** Largest value of a field of struct winsize, see tty_ioctl(4). */
const WINSIZE_MAX = 65_535;

function* program({ args = [] }: Process): Generator<Problem> {
  if (args.length === 0) yield { path: 'args', message: 'is empty', hint: 'name the program to run' };
  else if (args[0] === '') yield { path: 'args[0]', message: 'is empty', hint: 'name the program to run' };
}

function* workingDirectory({ cwd }: Process): Generator<Problem> {
  if (!cwd.startsWith('/')) yield { path: 'cwd', message: `must be an absolute path, not ${shown(cwd)}` };
}

/** getenv(3) never finds an entry without a name, and programs differ in what they make of one without `=`. */
function* environment({ env = [] }: Process): Generator<Problem> {
  for (const [i, entry] of env.entries()) {
    const equals = entry.indexOf('=');
    if (equals > 0) continue;
    const message = equals < 0 ? "has no '='" : 'has no name';
    yield { path: `env[${i}]`, message, hint: 'entries have the form NAME=value' };
  }
}

/** config.md demands an error for a type that is there twice; setrlimit(2) refuses a soft limit above the hard one. */
function* rlimits({ rlimits: limits = [] }: Process): Generator<Problem> {
  const seen = new Set<string>();
  for (const [i, { type, soft, hard }] of limits.entries()) {
    if (seen.has(type)) yield { path: `rlimits[${i}].type`, message: `${type} is there twice` };
    if (soft > hard) yield { path: `rlimits[${i}].soft`, message: `${soft} is above the hard limit of ${hard}` };
    seen.add(type);
  }
}

function* consoleSize({ terminal, consoleSize: size }: Process): Generator<Problem> {
  if (terminal !== true || size === undefined) return; // without a terminal it must be ignored
  for (const [side, length] of Object.entries({ height: size.height, width: size.width })) {
    if (length > WINSIZE_MAX) yield { path: `consoleSize.${side}`, message: `${length} is above ${WINSIZE_MAX}` };
  }
}

/** What sched_setattr(2) would answer with EINVAL. */
function* scheduler({ scheduler: s }: Process): Generator<Problem> {
  if (s === undefined) return;
  const { policy, nice = 0, priority = 0, runtime = 0, deadline = 0, period = 0 } = s;
  const at = (field: string, message: string): Problem => ({ path: `scheduler.${field}`, message });
  if (policy === 'SCHED_ISO') yield at('policy', 'SCHED_ISO was never part of Linux');
  if (nice < -20 || nice > 19) yield at('nice', `must be from -20 to 19, not ${nice}`);
  const realtime = policy === 'SCHED_FIFO' || policy === 'SCHED_RR';
  if (realtime && (priority < 1 || priority > 99)) yield at('priority', `must be from 1 to 99 for ${policy}`);
  if (!realtime && priority !== 0) yield at('priority', `is for SCHED_FIFO and SCHED_RR alone, not for ${policy}`);
  if (policy === 'SCHED_DEADLINE') {
    // A period of 0 means that it is the deadline.
    if (runtime === 0) yield at('runtime', 'is missing, but SCHED_DEADLINE needs it');
    if (runtime > deadline) yield at('runtime', `${runtime} is above the deadline of ${deadline}`);
    if (period !== 0 && deadline > period) yield at('deadline', `${deadline} is above the period of ${period}`);
    return;
  }
  for (const [field, value] of Object.entries({ runtime, deadline, period })) {
    if (value !== 0) yield at(field, `is for SCHED_DEADLINE alone, not for ${policy}`);
  }
}

function* execCpuAffinity({ execCPUAffinity: affinity = {} }: Process): Generator<Problem> {
  for (const [field, value = ''] of Object.entries({ initial: affinity.initial, final: affinity.final })) {
    if (isNumberList(value)) continue;
    yield { path: `execCPUAffinity.${field}`, message: `${shown(value)} is not a list of CPUs such as 0-3,7` };
  }
}

/** In the order in which they are reported. */
export const processChecks: readonly Check<Process>[] = [
  program,
  workingDirectory,
  environment,
  rlimits,
  consoleSize,
  scheduler,
  execCpuAffinity,
];

/** The same problems, with paths that start at the document that holds the process. */
export function under(path: string, problems: Iterable<Problem>): Problem[] {
  return Array.from(problems, (problem) => ({ ...problem, path: `${path}.${problem.path}` }));
}
