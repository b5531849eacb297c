import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { KeelsonError } from '../../base/index.ts';
import { sampleConfig } from '../testing/container-state.ts';
import { FakeTerminal, TestWorld } from '../testing/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'keelson-cli-'));
// no-mount-below: a test's own folder, in which nothing is ever mounted
after(() => rmSync(folder, { recursive: true }));

/** A world whose container ends at once with this exit code. */
function ended(exitCode: number): TestWorld {
  const world = new TestWorld();
  world.engine.end(exitCode);
  return world;
}

describe('keelson run', () => {
  test('gives the exit code, and asks for what was asked', async () => {
    const world = ended(7);
    assert.equal(await world.run('run', '--rm', 'busybox', 'sh', '-c', 'exit 7'), 7);
    const [request] = world.engine.runs;
    assert.deepEqual(request?.stdio, { stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' });
    assert.deepEqual(
      JSON.parse(JSON.stringify(request?.config)),
      JSON.parse(
        JSON.stringify({
          ...sampleConfig({ command: ['sh', '-c', 'exit 7'], autoRemove: true }),
          resources: { deviceCgroupRules: [] },
        }),
      ),
    );
    assert.deepEqual([request?.detach, request?.dryRun, request?.onStep], [false, false, undefined]);
    assert.deepEqual([world.stdout.text, world.stderr.text, world.engine.disposed], ['', '', 1]);
  });

  test('a container in the background prints its id', async () => {
    const world = new TestWorld();
    assert.equal(await world.run('run', '-d', 'busybox'), 0);
    assert.equal(world.stdout.text, `${'f'.repeat(64)}\n`);
    const [request] = world.engine.runs;
    assert.deepEqual(request?.stdio, { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
    assert.equal(request?.detach, true);
  });

  test('only the streams that --attach names are connected', async () => {
    const world = ended(0);
    await world.run('run', '-i', '-a', 'stdin', '-a', 'STDERR', 'busybox');
    assert.deepEqual(world.engine.runs[0]?.stdio, { stdin: 'inherit', stdout: 'ignore', stderr: 'inherit' });
  });

  const errors: [code: string, exitCode: number][] = [
    ['COMMAND_NOT_FOUND', 127],
    ['COMMAND_NOT_EXECUTABLE', 126],
    ['ROOTFS_MISSING', 125],
  ];
  for (const [code, exitCode] of errors) {
    test(`${code} gives ${exitCode}`, async () => {
      const world = new TestWorld();
      world.engine.failure = new KeelsonError('not-found', 'it is\nmissing \x1b[31m', { code, hint: 'get it' });
      assert.equal(await world.run('run', 'busybox'), exitCode);
      assert.equal(world.stderr.text, 'keelson: it is missing \ufffd[31m\nhint: get it\n');
      assert.deepEqual([world.stdout.text, world.engine.disposed], ['', 1]);
    });
  }

  test('a fault of ours shows no stack, unless it is asked for', async () => {
    const world = new TestWorld();
    world.engine.failure = new TypeError('x is not a function', { cause: new Error('deep') });
    assert.equal(await world.run('run', 'busybox'), 125);
    assert.match(world.stderr.text, /^keelson: x is not a function\nhint: .*KEELSON_DEBUG=1 shows where\n$/);
    world.stderr.text = '';
    world.env = { KEELSON_DEBUG: '1' };
    await world.run('run', 'busybox');
    assert.match(world.stderr.text, /^keelson: x is not a function\nTypeError: .*\n {4}at .*caused by Error: deep/s);
  });

  const wrong: [args: string[], message: string][] = [
    [
      [],
      'keelson: no image given\nhint: name an image, for example: keelson run -it busybox sh; or a folder with --rootfs\n',
    ],
    [
      ['--memory', '12x', 'busybox'],
      "keelson: invalid value '12x' for --memory: expected a size such as 64m, 1.5g or 4096\n",
    ],
    [['--memroy', '1', 'busybox'], 'keelson: unknown flag: --memroy\nhint: did you mean --memory?\n'],
    [['--runtime', 'x', 'busybox'], 'keelson: --runtime is not supported: Keelson is the runtime\n'],
    [['-d', '-a', 'stdin', 'busybox'], 'keelson: --detach and --attach exclude each other\n'],
    [['--rootfs-writable', 'busybox'], 'keelson: --rootfs-writable needs --rootfs FOLDER\n'],
    [['-it', 'busybox'], 'keelson: the standard input is no terminal\nhint: leave out -t\n'],
    [['--env-file', 'nothing', 'busybox'], 'keelson: cannot read nothing: there is no such file\n'],
    [['--env-file', '/', 'busybox'], 'keelson: cannot read /: it is a folder\n'],
    [['--label-file', '/dev/zero', 'busybox'], 'keelson: cannot read /dev/zero: it is no file\n'],
    [
      ['--cidfile', '/nothing/x', 'busybox'],
      "keelson: --cidfile /nothing/x: ENOENT: no such file or directory, open '/nothing/x'\n",
    ],
  ];
  for (const [args, message] of wrong) {
    test(`refuses: run ${args.join(' ')}`, async () => {
      const world = new TestWorld();
      assert.equal(await world.run('run', ...args), 125);
      assert.deepEqual([world.stderr.text, world.engine.runs.length], [message, 0]);
    });
  }

  test('--cidfile gets the id, must not exist, and goes when there is no container', async () => {
    const path = join(folder, 'id');
    await new TestWorld().run('run', '-d', '--cidfile', path, 'busybox');
    assert.equal(readFileSync(path, 'utf8'), 'f'.repeat(64));

    const world = new TestWorld();
    assert.equal(await world.run('run', '-d', '--cidfile', path, 'busybox'), 125);
    assert.equal(
      world.stderr.text,
      `keelson: --cidfile ${path}: it exists already\nhint: remove it if its container has gone\n`,
    );
    assert.equal(world.engine.runs.length, 0);

    const failing = new TestWorld();
    failing.engine.failure = new Error('no');
    await failing.run('run', '--cidfile', `${path}2`, 'busybox');
    assert.equal(existsSync(`${path}2`), false);
  });

  test('files of variables and labels', async () => {
    writeFileSync(join(folder, 'env'), '# none\nA=1\nB=2\nHOME\n');
    writeFileSync(join(folder, 'labels'), 'x=1\ny\n');
    const world = ended(0);
    world.folder = folder;
    world.env = { HOME: '/home/me', C: '3' };
    await world.run(
      'run',
      '-e',
      'B=9',
      '-e',
      'C',
      '--env-file',
      'env',
      '--label-file',
      './labels',
      '-l',
      'x=2',
      'busybox',
    );
    const config = world.engine.runs[0]?.config;
    assert.deepEqual(config?.env, ['A=1', 'B=9', 'HOME=/home/me', 'C=3']);
    assert.deepEqual(config?.labels, { x: '2', y: '' });
  });

  test('a dry run tells the plan on stdout and does nothing', async () => {
    const world = new TestWorld();
    world.engine.beforeStart = (request) => {
      request?.onStep?.({ process: 'runtime', heading: 'Start', title: 'run it', call: 'execve("/bin/true")' });
    };
    assert.equal(await world.run('run', '--dry-run', '--cidfile', join(folder, 'none'), 'busybox'), 0);
    assert.equal(world.engine.runs[0]?.dryRun, true);
    assert.match(world.stdout.text, /execve/);
    assert.deepEqual([world.stderr.text, existsSync(join(folder, 'none'))], ['', false]);
  });

  test('--explain tells on stderr, also what was done before an error', async () => {
    const world = new TestWorld();
    world.engine.beforeStart = (request) => {
      request?.onStep?.({ process: 'runtime', heading: 'Network', title: 'make it', call: 'socket()', value: -1 });
    };
    world.engine.failure = new KeelsonError('denied', 'not allowed', { code: 'EPERM' });
    assert.equal(await world.run('run', '--explain=json', 'busybox'), 125);
    const [step, summary, error] = world.stderr.text.split('\n');
    assert.equal(JSON.parse(step ?? '').step.call, 'socket()');
    assert.equal(JSON.parse(summary ?? '').summary.calls, 1);
    assert.equal(error, 'keelson: not allowed');
    assert.equal(world.stdout.text, '');
  });
});

describe('keelson run in the foreground', () => {
  test('passes signals on, also those that came before there was a process', async () => {
    const world = new TestWorld();
    const started = Promise.withResolvers<void>();
    world.engine.beforeStart = () => started.promise;
    const exit = world.run('run', 'busybox');
    await world.settle();
    world.events.emit('SIGUSR1');
    assert.deepEqual(world.engine.signals, []);
    started.resolve();
    await world.settle();
    for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP']) world.events.emit(signal);
    world.engine.end(130);
    assert.equal(await exit, 130);
    assert.deepEqual(world.engine.signals, ['SIGUSR1', 'SIGINT', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP']);
    assert.deepEqual([world.endedBy, world.events.eventNames()], [[], []]);
  });

  test('the second Ctrl-C before there is a process ends the program', async () => {
    const world = new TestWorld();
    world.engine.beforeStart = () => new Promise(() => undefined);
    void world.run('run', 'busybox');
    await world.settle();
    world.events.emit('SIGINT');
    assert.deepEqual(world.endedBy, []);
    world.events.emit('SIGINT');
    assert.deepEqual(world.endedBy, ['SIGINT']);
  });

  test('--sig-proxy=false leaves signals alone, while the image comes and when the container runs', async () => {
    const world = new TestWorld();
    const image = Promise.withResolvers<void>();
    world.engine.beforeRecord = () => image.promise;
    const exit = world.run('run', '--sig-proxy=false', 'busybox');
    await world.settle();
    assert.deepEqual(world.events.eventNames(), []);
    image.resolve();
    await world.settle();
    world.events.emit('SIGTERM');
    assert.deepEqual([world.endedBy, world.events.eventNames()], [['SIGTERM'], []]);
    assert.deepEqual(world.engine.signals, []);
    world.engine.end();
    assert.equal(await exit, 0);
    assert.deepEqual(world.events.eventNames(), []);
  });

  test('--sig-proxy=false: a signal while the container is made waits until it is recorded as running', async () => {
    const world = new TestWorld();
    const started = Promise.withResolvers<void>();
    world.engine.beforeStart = () => started.promise;
    void world.run('run', '--sig-proxy=false', 'busybox');
    await world.settle();
    world.events.emit('SIGTERM');
    assert.deepEqual(world.endedBy, []);
    started.resolve();
    await world.settle();
    assert.deepEqual([world.endedBy, world.events.eventNames()], [['SIGTERM'], []]);
    assert.deepEqual(world.engine.signals, []);
    world.engine.end();
  });

  test('--sig-proxy=false: a second signal meanwhile is meant', async () => {
    const world = new TestWorld();
    world.engine.beforeStart = () => new Promise(() => undefined);
    void world.run('run', '--sig-proxy=false', 'busybox');
    await world.settle();
    for (const signal of ['SIGINT', 'SIGTERM']) world.events.emit(signal);
    assert.deepEqual([world.endedBy, world.events.eventNames()], [['SIGINT'], []]);
  });

  test('with a terminal: keys go through raw, the size follows, and the terminal is given back', async () => {
    const world = new TestWorld();
    const terminal = new FakeTerminal();
    world.stdin = terminal;
    Object.assign(world.stdout, { isTTY: true, columns: 80, rows: 24 });
    const exit = world.run('run', '-it', 'busybox');
    await world.settle();
    assert.deepEqual(world.engine.runs[0]?.stdio, {
      stdin: 'inherit',
      stdout: 'inherit',
      stderr: 'inherit',
      columns: 80,
      rows: 24,
    });
    assert.deepEqual(terminal.modes, [true]);
    Object.assign(world.stdout, { columns: 100, rows: 30 });
    world.events.emit('SIGWINCH');
    assert.deepEqual(world.engine.sizes, [
      [80, 24],
      [100, 30],
    ]);
    world.engine.end();
    await exit;
    assert.deepEqual([terminal.modes, world.events.eventNames()], [[true, false], []]);
  });

  test('the terminal is given back when the program exits or is ended by a signal, and once only', async () => {
    const world = new TestWorld();
    const terminal = new FakeTerminal();
    world.stdin = terminal;
    void world.run('run', '-it', '--sig-proxy=false', 'busybox');
    await world.settle();
    world.events.emit('SIGTERM');
    assert.deepEqual([terminal.modes, world.endedBy], [[true, false], ['SIGTERM']]);
    world.events.emit('exit');
    assert.deepEqual(terminal.modes, [true, false]);
    world.engine.end();
  });

  test('the terminal is never raw when the container cannot be made, or reads nothing', async () => {
    const world = new TestWorld();
    const terminal = new FakeTerminal();
    world.stdin = terminal;
    world.engine.failure = new Error('no');
    await world.run('run', '-it', 'busybox');
    world.engine.failure = undefined;
    world.engine.end();
    await world.run('run', '-t', 'busybox');
    assert.deepEqual(terminal.modes, []);
  });
});
