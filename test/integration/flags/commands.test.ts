import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { COMMANDS } from '../../../src/cli/command-table.ts';
import type { Summary } from '../../../src/cli/explain/summarise.ts';
import type { StepRecord } from '../../../src/spec/index.ts';
import { Keelson } from '../cli/keelson.ts';
import { COMMAND_STEPS, DOCKER_EXIT_CODES, FAILURES, STEP_SCRIPT } from './command-steps.ts';
import { dockerProgram } from './docker-program.ts';
import { fillIn } from './flag-case.ts';
import { FlagFolder, newWorld } from './flag-world.ts';
import { hasAllCapabilities } from './has-all-capabilities.ts';
import { keelsonInProcess } from './keelson-in-process.ts';
import { RUN_CASES } from './run-cases.ts';

// scripts/prove-flags-on-docker runs the same on the reference.
const onDocker = process.env.KEELSON_FLAGS_ON === 'docker';
const keelson = new Keelson();
const docker = dockerProgram();
const program = onDocker ? docker : keelsonInProcess(keelson.root);
const attached = onDocker ? docker : keelson;
const folder = new FlagFolder();
const world = await newWorld(folder);
const fill = (words: readonly string[]) => words.map((word) => fillIn(word, world));
after(() => {
  folder[Symbol.dispose]();
  keelson[Symbol.dispose]();
});

/** Flags that only a command line with streams shows; the tests below are named after them. */
const ATTACHED_FLAGS = [
  'interactive',
  'attach',
  'rm',
  'cidfile',
  'tty',
  'sig-proxy',
  'explain',
  'dry-run',
  'pull',
  'platform',
  'quiet',
];
describe(`commands${onDocker ? ' on Docker' : ''}`, () => {
  test('flags of commands about a container', async (context) => {
    const flags = ['--network', 'none', '--name', world.name, '-l', `step=${world.name}`];
    assert.equal((await program.run(['run', '-d', ...flags, 'busybox', 'sh', '-c', STEP_SCRIPT])).exitCode, 0);
    context.after(() => program.run(['rm', '-f', world.name]));
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await program.run(['logs', world.name])).stdout.includes('3')) break;
    }
    for (const step of COMMAND_STEPS) {
      if (onDocker && step.needsAllCapabilities && !hasAllCapabilities()) continue;
      await context.test(step.args.join(' '), async () => {
        const args = fill(step.args);
        const ended = await (step.input === undefined ? program.run(args) : attached.run(args, step.input));
        if (typeof step.expect === 'string') assert.equal(ended.stdout, fillIn(step.expect, world), ended.stderr);
        else assert.match(ended.stdout, step.expect, ended.stderr);
        const expected = onDocker && step.docker ? step.docker.exitCode : (step.exitCode ?? 0);
        assert.equal(ended.exitCode, expected, ended.stderr);
      });
    }
  });

  test('-i, -a, --rm, --cidfile', async () => {
    const name = `${world.name}-attached`;
    const file = join(folder.path, 'id');
    const flags = ['--rm', '-i', '-a', 'stdin', '-a', 'stdout', '--cidfile', file, '--name', name, '--network', 'none'];
    const ended = await attached.run(['run', ...flags, 'busybox', 'sh', '-c', 'cat; echo error >&2; exit 3'], 'given');
    assert.deepEqual([ended.exitCode, ended.stdout, ended.stderr], [3, 'given', '']);
    assert.match(readFileSync(file, 'utf8'), /^[0-9a-f]{64}$/);
    assert.equal((await program.run(['inspect', name])).exitCode, 1, 'removed');
    const again = await program.run(['run', '-d', '--cidfile', file, 'busybox', 'true']);
    assert.equal(again.exitCode, 125, 'an id file that exists is refused');
  });

  test('-t', async () => {
    const ended = await attached.run(
      ['run', '--rm', '-t', '--network', 'none', 'busybox', 'sh', '-c', 'tty; exit 4'],
      '',
    );
    assert.deepEqual([ended.exitCode, ended.stdout.trim()], [4, '/dev/pts/0']);
  });

  test('--explain=json and --dry-run', { skip: onDocker && 'flags of ours' }, async () => {
    const planned = await program.run(['run', '--dry-run', '--explain=json', '--network', 'none', 'busybox', 'true']);
    assert.equal(readSteps(planned.stdout).steps.filter(({ start }) => start !== undefined).length, 0);
    const made = await program.run(['run', '-d', '--rm', '--explain=json', '--network', 'none', 'busybox', 'true']);
    const { steps, summary } = readSteps(made.stderr);
    // The last call of the container's process is execve, after which nobody is there to tell the time.
    const untimed = steps.filter(({ duration }) => duration === undefined);
    assert.deepEqual(
      untimed.map(({ call }) => call.slice(0, 7)),
      ['execve('],
    );
    assert.ok(steps.every(({ batch }) => batch !== undefined));
    const sum = steps.reduce((total, { duration = 0 }) => total + duration, 0);
    assert.equal(
      summary.headings.reduce((total, { duration = 0 }) => total + duration, 0),
      sum,
    );
    assert.ok(steps.every(({ start = 0, duration = 0 }) => start + duration <= (summary.elapsed ?? 0)));
    // Calls of one process come one after the other.
    for (const own of Map.groupBy(steps, ({ process }) => process).values()) {
      for (const [index, { start }] of own.entries()) {
        const before = own[index - 1];
        if (before?.start === undefined || start === undefined) continue;
        assert.ok(start >= before.start + (before.duration ?? 0), JSON.stringify([before, own[index]]));
      }
    }
  });

  test('--pull, --platform and --quiet', { skip: onDocker && 'its images are others' }, async () => {
    const run = (...args: string[]) => program.run(['run', '--rm', '--network', 'none', ...args, 'echo', 'ran']);
    const missing = await run('--pull', 'never', '--quiet', 'no-such-image');
    assert.equal(missing.exitCode, 125);
    assert.match(missing.stderr, /^keelson: there is no image 'no-such-image' here\n/);
    assert.equal((await run('--pull', 'missing', 'busybox')).exitCode, 0);
    const other = await run('--platform', 'linux/s390x', 'busybox');
    assert.deepEqual([other.exitCode, other.stderr.includes('not linux/s390x')], [125, true], other.stderr);
  });

  test('--sig-proxy=false', { skip: onDocker && 'it needs no proof there', timeout: 30_000 }, async (context) => {
    const name = `${world.name}-deaf`;
    const flags = ['--name', name, '--network', 'none', '--sig-proxy=false'];
    const child = keelson.start(['run', ...flags, 'busybox', 'sh', '-c', STEP_SCRIPT]);
    context.after(() => program.run(['rm', '-f', name]));
    await once(child.stdout, 'data');
    const status = async () => (await program.run(['inspect', '-f', '{{.State.Status}}', name])).stdout;
    // What it prints can be here before it is recorded; who ends in between leaves a start half done, which is undone.
    while ((await status()) !== 'running\n');
    child.kill('SIGTERM');
    // Not until its streams are closed: the container has them too.
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    assert.equal(await status(), 'running\n');
  });

  for (const [exitCode, ...args] of FAILURES) {
    test(`run ${args.join(' ')} gives ${exitCode}`, async () => {
      const name = `${world.name}-failed`;
      const network = args.includes('--network') || args.includes('--publish') ? [] : ['--network', 'none'];
      const ended = await program.run(['run', '-d', '--name', name, ...network, ...args]);
      await program.run(['rm', '-f', name]);
      const expected = (onDocker && DOCKER_EXIT_CODES[args.join(' ')]?.exitCode) || exitCode;
      assert.deepEqual([ended.exitCode, ended.stderr === ''], [expected, false], ended.stderr);
      if (onDocker) return;
      assert.match(ended.stderr, /^keelson: [^\n]+\n(hint: [^\n]+\n)?$/);
      assert.equal((await program.run(['ps', '-aq'])).stdout, '', 'nothing is left');
    });
  }
});

describe('the table is whole', { skip: onDocker && 'about our own flags' }, () => {
  test('every flag of run has a case', async () => {
    const { command } = await entryOf('run').load();
    const covered = [...RUN_CASES.flatMap(({ checks }) => Object.keys(checks)), ...ATTACHED_FLAGS];
    assert.deepEqual([...new Set(covered)].sort(), Object.keys(command.flags).filter(notHelp).sort());
  });

  for (const name of ['ps', 'exec', 'logs', 'stop', 'kill', 'wait', 'rm', 'inspect']) {
    test(`every flag of ${name} has a step`, async () => {
      const { command } = await entryOf(name).load();
      const covered = COMMAND_STEPS.filter(({ args }) => args[0] === name).flatMap(({ flags }) => flags);
      assert.deepEqual([...new Set(covered)].sort(), Object.keys(command.flags).filter(notHelp).sort());
    });
  }
});

/** What `--explain=json` printed. */
function readSteps(text: string): { steps: StepRecord[]; summary: Summary } {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { summary } = lines.pop();
  return { steps: lines.map(({ step }) => step), summary };
}

function notHelp(flag: string): boolean {
  return flag !== 'help';
}

function entryOf(name: string) {
  const entry = COMMANDS[name];
  assert.ok(entry !== undefined, name);
  return entry;
}
