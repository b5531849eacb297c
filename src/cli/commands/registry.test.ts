import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KeelsonError } from '../../base/index.ts';
import { TestWorld } from '../testing/run-cli.ts';

const DIGEST = `sha256:${'d'.repeat(64)}`;
const LAYER = `sha256:${'1'.repeat(64)}`;

/** A standard input that gives these pieces, one after the other. */
function input(pieces: readonly string[], isTTY = false) {
  const modes: boolean[] = [];
  return {
    isTTY,
    modes,
    setRawMode: (raw: boolean) => void modes.push(raw),
    async *[Symbol.asyncIterator]() {
      yield* pieces;
    },
  };
}

async function run(args: string[], prepare: (world: TestWorld) => unknown = () => undefined) {
  const world = new TestWorld();
  prepare(world);
  const exitCode = await world.run(...args);
  const { stdout, stderr, engine } = world;
  return { world, exitCode, stdout: stdout.text, stderr: stderr.text, calls: engine.calls, disposed: engine.disposed };
}

describe('push', () => {
  const withEvents = (isTTY: boolean) => (world: TestWorld) => {
    Object.assign(world.stdout, { isTTY, columns: 80 });
    const layer = { kind: 'layer', digest: LAYER, total: 4000 } as const;
    world.engine.pushEvents = [
      { kind: 'start', repository: 'docker.io/a/b' },
      { ...layer, phase: 'preparing', current: 0 },
      { ...layer, phase: 'pushing', current: 2000 },
      { ...layer, phase: 'mounted', current: 4000, from: 'a/c' },
    ];
  };

  test('in lines', async () => {
    const { exitCode, stdout, stderr, calls } = await run(['push', 'a/b:1'], withEvents(false));
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.equal(
      stdout,
      'The push refers to repository [docker.io/a/b]\n' +
        '111111111111: Preparing\n' +
        '111111111111: Mounted from a/c\n' +
        `1: digest: ${DIGEST} size: 528\n`,
    );
    assert.deepEqual(calls, [['push', { reference: 'a/b:1', platform: undefined }]]);
  });

  test('on a terminal', async () => {
    const { stdout } = await run(['push', 'a/b:1'], withEvents(true));
    const bar = `[${'='.repeat(24)}>${' '.repeat(25)}]`;
    const up = '\u001b[1A\r\u001b[2K';
    assert.ok(stdout.includes(`${up}111111111111: Pushing ${bar}  2kB/4kB`.slice(0, 79 + up.length)), stdout);
    assert.ok(stdout.includes(`${up}111111111111: Mounted from a/c\r\u001b[1B`), stdout);
  });

  test('a row that has left the terminal is not written over another', async () => {
    const { stdout } = await run(['push', 'a/b:1'], (world) => {
      Object.assign(world.stdout, { isTTY: true, columns: 80, rows: 2 });
      const layers = ['1', '2', '3'].map((n) => `sha256:${n.repeat(64)}`);
      const event = { kind: 'layer', current: 0, total: 1 } as const;
      world.engine.pushEvents = [
        ...layers.map((digest) => ({ ...event, digest, phase: 'preparing' as const })),
        ...layers.map((digest) => ({ ...event, digest, phase: 'pushed' as const })),
      ];
    });
    assert.deepEqual([stdout.includes('111111111111: Pushed'), stdout.includes('333333333333: Pushed')], [false, true]);
  });

  test('quiet, as JSON, without a tag, all tags', async () => {
    assert.equal((await run(['push', '-q', 'a/b:1'])).stdout, 'docker.io/a/b:1\n');
    assert.match((await run(['push', 'a/b'])).stdout, /^Using default tag: latest\n/);
    const json = await run(['push', '--format', 'json', 'a/b:1'], withEvents(false));
    const lines = json.stdout.trim().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).kind),
      ['start', 'layer', 'layer', 'layer', 'done'],
    );
    const image = { id: DIGEST, digest: DIGEST, created: 0, size: 0, labels: {} };
    const names = ['a/b:2', 'a/b:1', 'a/bc:1', 'other:1'];
    const all = await run(['push', '--all-tags', 'a/b'], ({ engine }) => {
      engine.summaries = names.map((name) => ({ ...image, name }));
    });
    assert.equal(all.stdout, `1: digest: ${DIGEST} size: 528\n2: digest: ${DIGEST} size: 528\n`);
    assert.equal(
      (await run(['push', '-a', 'a/b:1'])).stderr.split('\n')[0],
      'keelson: --all-tags is for a name without a tag, not a/b:1',
    );
    assert.deepEqual(
      [(await run(['push', '-a', 'a/x'])).exitCode, (await run(['push', '--format', 'x', 'a'])).exitCode],
      [1, 125],
    );
  });

  test('a Ctrl-C ends it by that signal, when the engine is closed; the second one at once', async () => {
    const stopping = Promise.withResolvers<void>();
    const { world, exitCode, stderr, disposed } = await run(['push', 'a/b:1'], (made) => {
      made.engine.images.push = async ({ signal }) => {
        made.events.emit('SIGINT');
        assert.equal(signal?.aborted, true);
        stopping.resolve();
        throw new KeelsonError('cancelled', 'cancelled', { code: 'CANCELLED' });
      };
    });
    assert.deepEqual([exitCode, disposed, world.endedBy], [130, 1, ['SIGINT']]);
    assert.match(stderr, /^keelson: interrupted; [^\n]+\n$/);
    assert.deepEqual(world.events.eventNames(), [], 'nobody listens any more');
    const impatient = await run(['push', 'a/b:1'], (made) => {
      made.engine.images.push = async ({ reference }) => {
        for (const signal of ['SIGTERM', 'SIGTERM']) made.events.emit(signal);
        return { name: reference, canonicalName: '', tag: '', digest: '', size: 0 };
      };
    });
    assert.deepEqual(impatient.world.endedBy, ['SIGTERM']);
  });
});

describe('pull of all tags', () => {
  test('gets one after the other', async () => {
    const { stdout, calls, exitCode } = await run(['pull', '-a', 'alpine'], ({ engine }) => {
      engine.knownTags = ['1', '2'];
    });
    assert.equal(exitCode, 0);
    assert.deepEqual(
      calls.map(([, request]) => request),
      ['alpine:1', 'alpine:2'].map((reference) => ({ reference, platform: undefined })),
    );
    assert.match(stdout, /^(Digest: [^\n]+\nStatus: [^\n]+\n){2}docker\.io\/library\/alpine\n$/);
  });

  test('needs a name without one, and a registry that has some', async () => {
    assert.match((await run(['pull', '-a', 'alpine:1'])).stderr, /^keelson: --all-tags is for a name without a tag/);
    const none = await run(['pull', '-a', 'alpine']);
    assert.deepEqual([none.exitCode, none.stderr], [1, 'keelson: the registry has no tag of alpine\n']);
  });
});

describe('login', () => {
  const stored = /^WARNING! Your credentials are stored unencrypted in '\/root\/\.docker\/config\.json'\.\n/;
  const asked = { server: 'registry.test', username: 'me', password: 'word' };

  test('name and password by flags, with a warning', async () => {
    const { stdout, stderr, calls } = await run(['login', '-u', 'me', '-p', 'word', 'registry.test']);
    assert.equal(stdout, 'Login Succeeded\n');
    assert.match(stderr, /^WARNING! Using --password via the CLI is insecure\. Use --password-stdin\.\n/);
    assert.deepEqual(calls, [['login', asked]]);
  });

  test('the password by the standard input, without the line break at its end', async () => {
    const args = ['login', '--username', 'me', '--password-stdin', 'registry.test'];
    const { stderr, calls } = await run(args, (world) => {
      world.stdin = input(['wo', 'rd\n']);
    });
    assert.match(stderr, stored);
    assert.deepEqual(calls, [['login', asked]]);
  });

  test('asks on a terminal, without showing the password', async () => {
    const terminal = input(['me\n', 'wx\u007for', 'd\r'], true);
    const { stdout, calls } = await run(['login', 'registry.test'], (world) => {
      world.stdin = terminal;
    });
    assert.equal(stdout, 'Username: Password: \r\nLogin Succeeded\n');
    assert.deepEqual(terminal.modes, [true, false]);
    assert.deepEqual(calls, [
      ['login', { server: 'registry.test' }],
      ['login', asked],
    ]);
  });

  test('a Ctrl-C at the prompt logs nobody in', async () => {
    const terminal = input(['wor\u0003'], true);
    const { exitCode, calls } = await run(['login', '-u', 'me'], (world) => {
      world.stdin = terminal;
    });
    assert.deepEqual([exitCode, calls, terminal.modes], [1, [], [true, false]]);
  });

  test('tries the login that is kept', async () => {
    const { stdout, stderr, calls } = await run(['login'], ({ engine }) => {
      engine.keptLogin = { kind: 'file', name: 'x' };
    });
    assert.deepEqual([stdout, stderr], ['Login Succeeded\n', '']);
    assert.deepEqual(calls, [['login', { server: undefined }]]);
  });

  test('asks again where the login that is kept is refused', async () => {
    const refuse = (world: TestWorld) => {
      const { login } = world.engine.images;
      world.engine.images.login = async (request) => {
        if (request.password !== undefined) return login(request);
        throw new KeelsonError('denied', 'the registry answers 401', { code: 'REGISTRY_UNAUTHORIZED' });
      };
    };
    const { exitCode, calls } = await run(['login', 'registry.test'], (world) => {
      refuse(world);
      world.stdin = input(['me\nword\r'], true);
    });
    assert.deepEqual([exitCode, calls], [0, [['login', asked]]]);
    assert.equal((await run(['login', 'registry.test'], refuse)).exitCode, 1);
  });

  for (const [args, message] of [
    [['-u', 'me', '-p', 'x', '--password-stdin'], '--password and --password-stdin exclude each other'],
    [['--password-stdin'], '--password-stdin needs a name: --username NAME'],
    [['-u', 'me', '--password-stdin'], 'the password is empty'],
    [['-u', 'me'], 'name or password are missing, and the standard input is no terminal to ask for them'],
    [[], 'name or password are missing, and the standard input is no terminal to ask for them'],
  ] as const) {
    test(`login ${args.join(' ')}: ${message}`, async () => {
      const { exitCode, stderr } = await run(['login', ...args]);
      assert.deepEqual(
        [exitCode, stderr.split('\n').filter((line) => line.startsWith('keelson:'))],
        [1, [`keelson: ${message}`]],
      );
    });
  }

  test('logout', async () => {
    assert.equal((await run(['logout', 'registry.test'])).stdout, 'Not logged in to registry.test\n');
    const { stdout, calls } = await run(['logout'], ({ engine }) => {
      engine.keptLogin = { kind: 'file', name: 'x' };
    });
    assert.deepEqual([stdout, calls], ['Removing login credentials for docker.io\n', [['logout', undefined]]]);
  });
});
