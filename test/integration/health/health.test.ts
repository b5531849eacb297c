import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import type { ContainerConfig, ContainerHealth, ContainerState, Healthcheck } from '../../../src/sdk/index.ts';
import { openEngine } from '../../../src/sdk/index.ts';
import { LeakCheck } from '../../leak-check.ts';
import { commandOf, pidsThere } from '../../what-is-there.ts';
import { configOf, temporaryEngine } from '../engine/container-under-test.ts';
import { eventually } from './eventually.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
const MILLISECOND = 1e6;
/** As often as it goes, and a few failures. */
const OFTEN = { Interval: 20 * MILLISECOND, Retries: 2 };

let engine: Awaited<ReturnType<typeof temporaryEngine>>;
let leaks: LeakCheck;
before(async () => {
  engine = await temporaryEngine();
  await engine.run({ config: configOf(['true']), detach: false, stdio: quiet }).then(({ exited }) => exited);
  leaks = new LeakCheck(engine.root);
});
after(() => engine[Symbol.asyncDispose]());

/** A container that sleeps, with this check, while `work` goes on. */
async function checked(
  healthcheck: Healthcheck,
  work: (id: string) => Promise<unknown>,
  changes: Partial<ContainerConfig> = {},
): Promise<void> {
  const config = configOf(['sleep', '1000'], { healthcheck, ...changes });
  const { id } = await engine.run({ config, detach: true, stdio: quiet });
  leaks.note();
  try {
    await work(id);
  } finally {
    await engine.remove(id, { force: true });
  }
}

const healthOf = async (id: string): Promise<ContainerHealth> =>
  (await engine.inspect(id)).health ?? assert.fail('no health');
const becomes = (id: string, status: ContainerHealth['status']) =>
  eventually(status, async () => {
    const health = await healthOf(id);
    return health.status === status ? health : undefined;
  });
const shell = async (id: string, script: string) => {
  const config = { command: ['sh', '-c', script], env: [], tty: false, interactive: false, privileged: false };
  const { exited } = await engine.exec(id, { ...config, user: '0' }, { stdio: quiet });
  assert.equal((await exited).exitCode, 0);
};

describe('the health check of a container', () => {
  test('is run as its user, in its folder, with its environment; the status follows it', async () => {
    const script = 'echo $(id -u) $(pwd) $GIVEN; echo error >&2; test -e /ok';
    const own = { user: '1000:1001', workdir: '/tmp', env: ['GIVEN=1'] };
    await checked(
      { Test: ['CMD-SHELL', script], ...OFTEN },
      async (id) => {
        const sick = await becomes(id, 'unhealthy');
        assert.ok(sick.failingStreak >= 2);
        const [first] = sick.log;
        assert.deepEqual([first?.exitCode, first?.output.split('\n').sort()], [1, ['', '1000 /tmp 1', 'error']]);
        assert.ok(first && first.start <= first.end);
        await shell(id, 'touch /ok');
        assert.equal((await becomes(id, 'healthy')).failingStreak, 0);
        const full = await eventually('five results', async () => {
          const { log } = await healthOf(id);
          return log.length === 5 && log.every(({ exitCode }) => exitCode === 0) ? log : undefined;
        });
        assert.deepEqual(
          full.map(({ start }) => start),
          full.map(({ start }) => start).sort((a, b) => a - b),
        );
        await shell(id, 'rm /ok');
        await becomes(id, 'unhealthy');
      },
      own,
    );
  });

  test('failures of the start period do not count, a success does', async () => {
    const start = { StartPeriod: 3600e9, StartInterval: 20 * MILLISECOND };
    await checked(
      { Test: ['CMD', 'test', '-e', '/ok'], Interval: 20 * MILLISECOND, Retries: 1, ...start },
      async (id) => {
        const { status, failingStreak } = await eventually('probes', async () => {
          const health = await healthOf(id);
          return health.log.length === 5 ? health : undefined;
        });
        assert.deepEqual([status, failingStreak], ['starting', 0]);
        await shell(id, 'touch /ok');
        await becomes(id, 'healthy');
        await shell(id, 'rm /ok');
        await becomes(id, 'unhealthy');
      },
    );
  });

  test('one that takes too long is killed with all that it started', async () => {
    const script = 'echo begun; sleep 4321 & sleep 4321; true';
    await checked({ Test: ['CMD-SHELL', script], ...OFTEN, Timeout: 1000 * MILLISECOND }, async (id) => {
      const { log } = await becomes(id, 'unhealthy');
      const told = 'Health check exceeded timeout (1s): begun\n';
      assert.deepEqual(
        log.slice(0, 2).map(({ exitCode, output }) => [exitCode, output]),
        [
          [-1, told],
          [-1, told],
        ],
      );
      // Of the next, at most one is under way.
      const running = pidsThere()
        .map(commandOf)
        .filter((command) => command.startsWith('sleep 4321'));
      assert.ok(running.length <= 2, String(running.length));
    });
  });

  test('what it leaves behind in another session holds nothing up', async () => {
    const script = 'setsid sleep 4322 & echo begun';
    await checked({ Test: ['CMD-SHELL', script], ...OFTEN, Timeout: 1000 * MILLISECOND }, async (id) => {
      const { log } = await becomes(id, 'unhealthy');
      assert.equal(log[0]?.output, 'Health check exceeded timeout (1s): begun\n');
    });
  });

  test('long output is cut', async () => {
    await checked({ Test: ['CMD-SHELL', 'yes | head -c 100000'], ...OFTEN }, async (id) => {
      const { log } = await becomes(id, 'healthy');
      assert.equal(log[0]?.output, `${'y\n'.repeat(2048)}...`);
    });
  });

  test('a program that is not there is a failure', async () => {
    await checked({ Test: ['CMD', 'no-such-program'], ...OFTEN }, async (id) => {
      const { log } = await becomes(id, 'unhealthy');
      assert.equal(log[0]?.exitCode, -1);
      assert.match(log[0]?.output ?? '', /no-such-program/);
    });
  });

  test('it can be run by hand', async () => {
    await checked({ Test: ['CMD-SHELL', 'echo asked; test -e /ok'], Interval: 3600e9, Retries: 1 }, async (id) => {
      const { exitCode, output } = await engine.checkHealth(id);
      assert.deepEqual([exitCode, output], [1, 'asked\n']);
      assert.equal((await healthOf(id)).status, 'unhealthy');
      await shell(id, 'touch /ok');
      assert.equal((await engine.checkHealth(id)).exitCode, 0);
      const { status, log } = await healthOf(id);
      assert.deepEqual([status, log.map(({ exitCode: code }) => code)], ['healthy', [1, 0]]);
    });
    await checked({ Test: ['NONE'] }, async (id) => {
      await assert.rejects(engine.checkHealth(id), { code: 'HEALTHCHECK_MISSING' });
      assert.equal((await engine.inspect(id)).health, undefined);
    });
  });

  test('one that cannot be run is refused', async () => {
    const config = configOf(['true'], { healthcheck: { Test: ['CMD', 'true'], Interval: 5 } });
    await assert.rejects(engine.run({ config, detach: true, stdio: quiet }), { code: 'HEALTHCHECK_INVALID' });
  });

  test('the container ends while it is checked, also in the pid namespace of the host: nothing is left', async () => {
    const healthcheck = { Test: ['CMD-SHELL', 'echo begun >/begun; sleep 1000'], ...OFTEN };
    for (const detach of [true, false]) {
      const config = configOf(['sh', '-c', 'until test -e /begun; do sleep 0.01; done; exit 3'], {
        healthcheck,
        namespaces: { pid: 'host' },
        autoRemove: false,
      });
      const { id, exited } = await engine.run({ config, detach, stdio: quiet });
      leaks.note();
      assert.equal((await exited).exitCode, 3);
      const { health } = await engine.inspect(id);
      assert.deepEqual([health?.status, health?.log], ['unhealthy', []], 'as Docker tells of one that does not run');
      await engine.remove(id);
      await leaks.assertClean();
    }
  });
});

describe('the check of an image', () => {
  before(async () => {
    const [folder = ''] = (await engine.images.inspect('busybox')).folders;
    const archive = execFileSync('tar', ['-C', folder, '-c', '.'], { maxBuffer: 1 << 26 });
    const changes = [
      `HEALTHCHECK --interval=20ms --retries=1 CMD echo of the image with $0`,
      'SHELL ["/bin/sh", "-ec"]',
    ];
    const load = (name: string, own: string[]) =>
      engine.images.import(Readable.from([archive]), { name, changes: own });
    await load('checked:1', changes.slice(0, 1));
    await load('unchecked:1', ['HEALTHCHECK NONE']);
  });
  const outputs = ({ health }: ContainerState) => health?.log[0]?.output;

  test('is obeyed, and the container is committed with it', async () => {
    await checked(
      {},
      async (id) => {
        await becomes(id, 'healthy');
        const state = await engine.inspect(id);
        assert.equal(outputs(state), 'of the image with /bin/sh\n');
        assert.equal(state.config.healthcheck?.Interval, 20 * MILLISECOND);
        await engine.commit(id, { name: 'committed:1' });
        const { config } = (await engine.images.inspect('committed:1')).config;
        assert.deepEqual(config?.Healthcheck, {
          Test: ['CMD-SHELL', 'echo of the image with $0'],
          Interval: 20 * MILLISECOND,
          Retries: 1,
        });
      },
      { image: 'checked:1' },
    );
  });

  test('what is asked for counts more', async () => {
    const changes = { image: 'checked:1' };
    await checked({ Test: ['CMD', 'false'] }, async (id) => void (await becomes(id, 'unhealthy')), changes);
    await checked(
      { Test: ['NONE'] },
      async (id) => assert.equal((await engine.inspect(id)).health, undefined),
      changes,
    );
    const other = { image: 'unchecked:1' };
    await checked({ Retries: 4 }, async (id) => assert.equal((await engine.inspect(id)).health, undefined), other);
    await checked({ Test: ['CMD', 'true'], ...OFTEN }, async (id) => void (await becomes(id, 'healthy')), other);
  });
});

describe('who runs it', () => {
  test('one of several engines of a data root, and the next when that is closed', async () => {
    await using other = await openEngine({ root: engine.root });
    const first = await openEngine({ root: engine.root });
    // A probe leaves a mark when another one is under way.
    const alone = 'for f in /p/*; do test ! -e "/proc/${f#/p/}/exe" || touch /twice; done';
    const script = `mkdir -p /p; ${alone}; : >/p/$$; sleep 0.05; rm /p/$$`;
    const config = configOf(['sleep', '1000'], {
      healthcheck: { Test: ['CMD-SHELL', script], Interval: MILLISECOND },
    });
    const { id } = await first.run({ config, detach: true, stdio: quiet });
    leaks.note();
    const last = async () => (await engine.inspect(id)).health?.log.at(-1)?.start ?? 0;
    await eventually('a probe', async () => ((await last()) > 0 ? true : undefined));
    // It has no business with a container that somebody looks after.
    await using second = await openEngine({ root: engine.root });
    void second;
    for (let probes = 0; probes < 5; probes++) {
      const known = await last();
      await eventually('one more', async () => ((await last()) > known ? true : undefined));
    }
    await first[Symbol.asyncDispose]();
    const before = await last();
    // Those that are open look after a while; a new one at once.
    await using next = await openEngine({ root: engine.root });
    void next;
    await eventually('a probe by another', async () => ((await last()) > before ? true : undefined));
    await shell(id, 'test ! -e /twice');
    await other.remove(id, { force: true });
    await leaks.assertClean();
  });
});
