import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, type FlagCase, fillIn, type World } from './flag-case.ts';

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A command line: ours, or Docker's. */
export interface Program {
  /** Runs it to its end; `input` is what it reads, where the program has streams of its own. */
  run(args: readonly string[], input?: string): Promise<Ended>;
}

/** What each check of a case saw, by flag. */
export type Seen = ReadonlyMap<string, string>;

const MARK = '@@@';

/**
 * Runs the container of a case to its end and tells what its checks saw. It runs in the background, so that its output
 * goes through the log and nothing of it to this process.
 * @throws Error with the program's own words where a command fails
 */
export async function runCase(program: Program, one: FlagCase, world: World): Promise<Seen> {
  const checks = Object.entries(one.checks);
  const command = one.command ?? ((script: string) => ['sh', '-c', script]);
  const flags = [...one.flags, ...(one.flags.includes('-d') ? [] : ['-d', '--name', '{name}'])];
  const image = one.noImage ? [] : ['busybox'];
  const words = [...flags, ...image, ...command(scriptOf(checks))].map((word) => fillIn(word, world));
  try {
    await output(program, ['run', ...words]);
    const answer = checks.some(([, { answers }]) => answers) ? await answerOf(world.port) : '';
    await output(program, ['wait', world.name]);
    const printed = (await output(program, ['logs', world.name])).split(`${MARK}\n`).slice(1);
    const templates = checks.map(([, { inspect = '' }]) => inspect).join(MARK);
    const inspected = (await output(program, ['inspect', '-f', templates, world.name])).trimEnd().split(MARK);
    return new Map(
      checks.map(([flag, check], index) => {
        const own = check.answers ? answer : check.inspect ? inspected[index] : printed[index];
        return [flag, (own ?? '').trimEnd()];
      }),
    );
  } finally {
    await program.run(['rm', '-f', world.name]);
  }
}

/** Every check prints its own part, whatever became of those before. */
function scriptOf(checks: readonly [flag: string, check: Check][]): string {
  return checks.map(([, { shell = ':' }]) => `echo ${MARK}; { ${shell}; } 2>&1`).join('\n');
}

async function output(program: Program, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await program.run(args);
  if (exitCode !== 0) throw new Error(`${args.join(' ')}: ${exitCode} ${stderr}`);
  return stdout;
}

/** What the container says to whoever connects; it may not listen yet. */
async function answerOf(port: number): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const said = await text(connect(port, '127.0.0.1')).catch(() => '');
    if (said !== '') return said;
    await sleep(50);
  }
  return 'nothing';
}
