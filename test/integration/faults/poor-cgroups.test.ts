import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { LeakCheck } from '../../leak-check.ts';
import { Keelson } from '../cli/keelson.ts';
import { refused } from './refused.ts';

const keelson = new Keelson();
const isolated = ['run', '--rm', '--network', 'none'];
const simple = ['busybox', 'echo', 'ran'];
before(() => keelson.output(...isolated, ...simple));
after(() => keelson[Symbol.dispose]());

/** A view of the host in which shell lines were done to the mounts. */
const within = (lines: string) => [
  ...['unshare', '--mount', '--propagation', 'private', 'sh', '-euc', `cd /sys/fs/cgroup\n${lines}\nexec "$@"`, 'sh'],
];
/** All that a host can have; a mount of its own is there for each on v1, which this test is about. */
const without = (...controllers: string[]) =>
  within(controllers.map((name) => `! mountpoint -q ${name} || umount ${name}`).join('\n'));

async function runs(through: readonly string[], flags: readonly string[], warning: RegExp): Promise<void> {
  const check = new LeakCheck(keelson.root);
  const child = keelson.start([...isolated, ...flags, ...simple], [...through, ...keelson.command]);
  child.stdin.end();
  const [exitCode, stdout, stderr] = await Promise.all([child.exited, text(child.stdout), text(child.stderr)]);
  assert.match(stderr, warning);
  assert.deepEqual([exitCode, stdout], [0, 'ran\n'], stderr);
  await check.assertClean();
}

// As Docker's daemon did when it was run in the same view, but for its words.
describe('a host without a cgroup controller', () => {
  test('runs what does not need it without a word', () => runs(without('memory', 'pids', 'cpu', 'cpuset'), [], /^$/));

  test('leaves out limits, and says so', () => {
    const flags = [
      '-m',
      '64m',
      '--pids-limit',
      '20',
      '--cpu-shares',
      '100',
      '--cpuset-cpus',
      '0',
      '--cpu-quota',
      '9000',
    ];
    const line = (flag: string, name: string) =>
      `WARNING: ${flag} has no effect: there is no ${name} cgroup controller\n`;
    return runs(
      without('memory', 'pids', 'cpu', 'cpuset'),
      flags,
      new RegExp(
        `^${line('--cpuset-cpus', 'cpuset')}(${line('--memory', 'memory')})+${line('--cpu-shares', 'cpu')}(${line('--cpu-\\w+', 'cpu')})+${line('--pids-limit', 'pids')}$`,
      ),
    );
  });

  test('refuses --cpus', () =>
    refused(keelson, [...isolated, '--cpus', '0.5', ...simple], {
      exitCode: 125,
      message: /there is no cpu cgroup controller for --cpus\nhint: leave it out/,
      through: without('cpu'),
    }));

  test('keeps devices away by a filter on v2; without that it refuses all but --privileged', async () => {
    const script = 'mknod /kmem c 1 2; cat /kmem >/dev/null || echo ran';
    const child = keelson.start(
      [...isolated, 'busybox', 'sh', '-c', script],
      [...without('devices'), ...keelson.command],
    );
    child.stdin.end();
    assert.match(await text(child.stderr), /not permitted/);
    assert.equal(await child.exited, 0);
    const none = without('devices', 'unified');
    const message = /there is no devices cgroup controller.*\nhint: .*--privileged/;
    await refused(keelson, [...isolated, ...simple], { exitCode: 125, message, through: none });
    await runs(none, ['--privileged'], /^$/);
  });

  test('or with none at all: the same', () =>
    refused(keelson, [...isolated, ...simple], {
      exitCode: 125,
      message: /there is no devices cgroup controller.*\nhint: /,
      through: within('cd /; umount -R /sys/fs/cgroup'),
    }));
});

test('cgroups that are mounted read-only are refused with the way out', () =>
  refused(keelson, [...isolated, ...simple], {
    exitCode: 125,
    message: /cannot make the cgroup .*: (\S+) is mounted read-only\nhint: mount it writable: mount -o remount,rw \1\n/,
    through: within('for one in */; do mountpoint -q "$one" && mount -o remount,bind,ro "$one"; done'),
  }));
