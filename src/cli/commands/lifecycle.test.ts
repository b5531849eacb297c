import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleState } from '../testing/container-state.ts';
import { TestWorld } from '../testing/run-cli.ts';

/** A world with containers web (running), job (exited with 3). */
function world(): TestWorld {
  const made = new TestWorld();
  made.engine.states = [
    sampleState(),
    sampleState({ id: 'b'.repeat(64), name: 'job', status: 'exited', exitCode: 3, finished: 0 }),
  ];
  return made;
}

describe('commands on several containers', () => {
  const cases: [args: string[], calls: unknown[], output?: string][] = [
    [
      ['stop', 'web', 'job'],
      [
        ['stop', 'web', undefined],
        ['stop', 'job', undefined],
      ],
    ],
    [['stop', '-t', '2', 'web'], [['stop', 'web', 2]]],
    [['stop', '--time=-1', 'web'], [['stop', 'web', -1]]],
    [['kill', 'web'], [['kill', 'web', undefined]]],
    [['kill', '-s', 'hup', 'web'], [['kill', 'web', 'SIGHUP']]],
    [['rm', '-fv', 'web'], [['remove', 'web', { force: true, volumes: true }]]],
    [['remove', 'job'], [['remove', 'job', { force: false, volumes: false }]]],
    [['container', 'rm', 'job'], [['remove', 'job', { force: false, volumes: false }]]],
    [['wait', 'web', 'job'], [], '0\n3\n'],
  ];
  for (const [args, calls, output] of cases) {
    test(args.join(' '), async () => {
      const made = world();
      assert.equal(await made.run(...args), 0);
      assert.deepEqual(made.engine.calls, calls);
      const named = args.filter((arg) => arg === 'web' || arg === 'job');
      assert.equal(made.stdout.text, output ?? named.map((name) => `${name}\n`).join(''));
      assert.deepEqual([made.stderr.text, made.engine.disposed], ['', 1]);
    });
  }

  test('one that fails does not keep the others from their turn', async () => {
    const made = world();
    assert.equal(await made.run('stop', 'web', 'nothing', 'job'), 1);
    assert.equal(made.stdout.text, 'web\njob\n');
    assert.equal(made.stderr.text, 'keelson: no such container: nothing\n');
  });

  test('rm --force is content when there is nothing', async () => {
    const made = world();
    assert.equal(await made.run('rm', '-f', 'nothing'), 0);
    assert.equal(made.stderr.text, 'keelson: no such container: nothing\n');
    assert.equal(await made.run('rm', 'nothing'), 1);
  });

  const wrong: [args: string[], exitCode: number, message: RegExp][] = [
    [['stop'], 1, /^keelson: 'stop' needs at least 1 argument\nhint: keelson stop \[FLAGS\] CONTAINER\.\.\.\n$/],
    [['logs', 'a', 'b'], 1, /^keelson: 'logs' needs 1 argument\n/],
    [['exec', 'web'], 1, /^keelson: 'exec' needs at least 2 arguments\n/],
    [['ps', 'web'], 1, /^keelson: 'ps' takes no argument: web\n/],
    [['stop', '-t', 'x', 'web'], 125, /^keelson: invalid value 'x' for -t: expected a whole number of at least -1\n/],
    [['kill', '-s', 'FOO', 'web'], 125, /^keelson: invalid value 'FOO' for -s: expected a signal/],
    [['stop', '-s', 'HUP', 'web'], 125, /^keelson: -s is not supported: use keelson kill -s\n/],
    [['stopp', 'web'], 1, /^keelson: unknown command: stopp\nhint: did you mean keelson stop\?\n/],
    [['builder'], 1, /^keelson: unknown command: builder\nhint: keelson help lists all commands\n/],
    [['constructor'], 1, /^keelson: unknown command: constructor\n/],
  ];
  for (const [args, exitCode, message] of wrong) {
    test(`refuses: ${args.join(' ')}`, async () => {
      const made = world();
      assert.equal(await made.run(...args), exitCode);
      assert.match(made.stderr.text, message);
      assert.deepEqual([made.stdout.text, made.engine.calls], ['', []]);
    });
  }
});

describe('keelson exec', () => {
  test('gives the exit code, and asks for what was asked', async () => {
    const made = world();
    made.env = { HOME: '/home/me' };
    made.engine.end(5);
    const args = ['-i', '-e', 'A=1', '-e', 'HOME', '-u', 'nobody', '-w', '/tmp', '--privileged', 'web', 'ls', '-l'];
    assert.equal(await made.run('exec', ...args), 5);
    assert.deepEqual(made.engine.execs, [
      {
        reference: 'web',
        config: {
          command: ['ls', '-l'],
          env: ['A=1', 'HOME=/home/me'],
          user: 'nobody',
          workdir: '/tmp',
          tty: false,
          interactive: true,
          privileged: true,
        },
        stdio: { stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' },
        detach: false,
      },
    ]);
  });

  test('in the background it does not wait', async () => {
    const made = world();
    assert.equal(await made.run('exec', '-d', 'web', 'sleep', '9'), 0);
    const [asked] = made.engine.execs;
    assert.deepEqual([asked?.detach, asked?.stdio.stdout, made.stdout.text], [true, 'ignore', '']);
  });
});

describe('keelson ps', () => {
  const lists: [args: string[], names: string[]][] = [
    [[], ['web']],
    [['-a'], ['web', 'job']],
    [['-f', 'status=exited'], ['job']],
    [['-a', '-f', 'name=o'], ['job']],
    [['-a', '-f', 'name=^jo'], ['job']],
    [['-a', '-f', 'name=ob$'], ['job']],
    [['-a', '-f', 'name=^o'], []],
    [
      ['-a', '-f', 'name=web', '-f', 'name=job'],
      ['web', 'job'],
    ],
    [['-a', '-f', 'id=bb'], ['job']],
    [['-a', '-f', 'exited=3'], ['job']],
    [['-a', '-f', 'label=x'], []],
    [['-n', '1'], ['web']],
    [['-l'], ['web']],
    [['-n', '-1'], ['web']],
  ];
  for (const [args, names] of lists) {
    test(`ps ${args.join(' ')}`, async () => {
      const made = world();
      assert.equal(await made.run('ps', ...args, '--format', '{{.Names}}'), 0);
      assert.equal(made.stdout.text, names.map((name) => `${name}\n`).join(''));
    });
  }

  test('labels must all match', async () => {
    const made = world();
    for (const state of made.engine.states) Object.assign(state.config, { labels: { a: '1', b: '2' } });
    await made.run('ps', '-q', '--no-trunc', '-f', 'label=a=1', '-f', 'label=b');
    assert.equal(made.stdout.text, `${made.engine.states[0]?.id}\n`);
    made.stdout.text = '';
    await made.run('ps', '-q', '-f', 'label=a=1', '-f', 'label=b=3');
    assert.equal(made.stdout.text, '');
  });

  test('an unknown filter', async () => {
    const made = world();
    assert.equal(await made.run('ps', '-f', 'colour=red'), 125);
    assert.match(made.stderr.text, /^keelson: invalid value 'colour=red' for -f: expected id=, name=/);
  });

  test('json', async () => {
    const made = world();
    await made.run('ps', '--format', 'json');
    const row = JSON.parse(made.stdout.text);
    assert.deepEqual(
      [row.Names, row.State, row.Status, row.ID],
      ['web', 'running', 'Up About a minute', 'abcdef012345'],
    );
  });
});

describe('keelson logs', () => {
  const entry = (stream: 'stdout' | 'stderr', data: string, time = 1000.5) => ({
    stream,
    time,
    data: Buffer.from(data),
  });

  test('each stream goes to its own', async () => {
    const made = world();
    made.engine.entries = [entry('stdout', 'a\nb'), entry('stderr', 'c\n'), entry('stdout', 'd\n')];
    assert.equal(await made.run('logs', 'web'), 0);
    assert.deepEqual([made.stdout.text, made.stderr.text], ['a\nbd\n', 'c\n']);
  });

  test('with the time of each line, once a line', async () => {
    const made = world();
    made.engine.entries = [entry('stdout', 'a\nb'), entry('stdout', 'c\n', 2000), entry('stdout', 'd\n', 3000)];
    await made.run('logs', '-t', 'web');
    const [first, second] = ['1970-01-01T00:00:01.000500000Z', '1970-01-01T00:00:03.000000000Z'];
    assert.equal(made.stdout.text, `${first} a\n${first} bc\n${second} d\n`);
  });

  test('what is asked for', async () => {
    const made = world();
    await made.run('logs', '-f', '-n', '5', '--since', '10', '--until', '1970-01-01T00:01:00Z', 'web');
    await made.run('logs', '--tail', 'all', 'web');
    const [[, , query] = [], [, , all] = []] = made.engine.calls;
    assert.deepEqual(query, { help: false, follow: true, tail: 5, since: 10_000, until: 60_000 });
    assert.deepEqual(all, { help: false, follow: false, tail: undefined, since: undefined, until: undefined });
  });
});

describe('keelson inspect', () => {
  test("Docker's array", async () => {
    const made = world();
    assert.equal(await made.run('inspect', 'web', 'job'), 0);
    const [web, job] = JSON.parse(made.stdout.text);
    assert.deepEqual([web.Name, web.State.Pid, web.State.Running, job.State.ExitCode], ['/web', 4242, true, 3]);
    assert.match(made.stdout.text, /^\[\n {4}\{\n {8}"Id": "abcdef012345/);
  });

  test('what there is, though one is missing', async () => {
    const made = world();
    assert.equal(await made.run('inspect', 'nothing', 'web', '-f', '{{.Name}} {{.State.Pid}}'), 1);
    assert.deepEqual([made.stdout.text, made.stderr.text], ['/web 4242\n', 'keelson: no such container: nothing\n']);
  });

  test('a template that cannot be read', async () => {
    const made = world();
    assert.equal(await made.run('inspect', '-f', '{{.Name', 'web'), 1);
    assert.match(made.stderr.text, /^keelson: template: unclosed action\nhint: for example --format/);
    assert.equal(await made.run('inspect', '--type', 'network', 'web'), 125);
  });
});

describe('keelson itself', () => {
  test('without a command, and with --help', async () => {
    for (const args of [[], ['--help'], ['help']]) {
      const made = new TestWorld();
      assert.equal(await made.run(...args), 0);
      assert.match(made.stdout.text, /^Usage: keelson COMMAND/);
    }
  });

  test('every command has its help, with examples that begin with its name', async () => {
    const { COMMANDS } = await import('../command-table.ts');
    for (const [name, entry] of Object.entries(COMMANDS)) {
      const { command } = await entry.load();
      assert.equal(command.name, name);
      assert.ok(command.examples.length > 0, name);
      for (const [line] of command.examples) assert.ok(line.startsWith(name), line);
      const [flagged, asked] = [new TestWorld(), new TestWorld()];
      assert.equal(await flagged.run(name, '--help'), 0);
      assert.equal(await asked.run('help', name), 0);
      assert.equal(flagged.stdout.text, asked.stdout.text);
      assert.match(flagged.stdout.text, new RegExp(`^Usage: keelson ${name}[^]*${entry.summary}`));
      for (const flag of Object.keys(command.flags)) assert.ok(flagged.stdout.text.includes(`--${flag}`), flag);
      for (const line of flagged.stdout.text.split('\n')) assert.ok(line.length <= 100, line);
    }
  });

  test('the version', async () => {
    const made = new TestWorld();
    assert.equal(await made.run('--version'), 0);
    assert.match(made.stdout.text, /^keelson \d+\.\d+\.\d+, Node \d+/);
  });

  test('colours only on a terminal that wants them', async () => {
    const help = async (isTTY: boolean, env: Record<string, string>) => {
      const made = new TestWorld();
      Object.assign(made.stdout, { isTTY });
      made.env = env;
      await made.run('help');
      return made.stdout.text.includes('\x1b[');
    };
    assert.deepEqual(
      [
        await help(true, {}),
        await help(false, {}),
        await help(true, { NO_COLOR: '1' }),
        await help(true, { TERM: 'dumb' }),
      ],
      [true, false, false, false],
    );
  });
});

test('pull names the default tag for what is the name of an image, and has none', async () => {
  for (const [reference, said] of [
    ['alpine', 'Using default tag: latest\n'],
    ['registry.example:5000/team/app', 'Using default tag: latest\n'],
    ['alpine:3', ''],
    [`alpine@sha256:${'a'.repeat(64)}`, ''],
    ['UPPER/Case', ''],
    ['a b', ''],
  ] as const) {
    const world = new TestWorld();
    world.engine.failure = new Error('no');
    assert.equal(await world.run('pull', reference), 1);
    assert.equal(world.stdout.text, said, reference);
  }
});
