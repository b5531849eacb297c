import assert from 'node:assert/strict';
import { existsSync, readlinkSync, renameSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { LeakCheck } from '../../leak-check.ts';
import { commandOf, pidsThere, textOf } from '../../what-is-there.ts';
import { Keelson } from '../cli/keelson.ts';
import { eventually } from './eventually.ts';

const keelson = new Keelson();
let leaks: LeakCheck;
before(async () => {
  await keelson.output('run', '--rm', '--network', 'none', 'busybox', 'true');
  leaks = new LeakCheck(keelson.root);
});
afterEach(async () => {
  const left = (await keelson.output('ps', '-aq')).split('\n').filter(Boolean);
  if (left.length > 0) await keelson.output('rm', '-f', ...left);
  await leaks.assertClean();
});
after(() => keelson[Symbol.dispose]());

const keepers = () => {
  const found = pidsThere().filter((pid) => commandOf(pid).includes(`internal-health ${keelson.root}`));
  // Between fork and execve a child of one looks like it.
  return found.filter((pid) => !found.includes(/^PPid:\t(\d+)$/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? ''));
};
const keeperOtherThan = (...before: string[]) =>
  eventually('a keeper', () => keepers().find((pid) => !before.includes(pid)));
const gone = () => eventually('no keeper', () => (keepers().length === 0 ? true : undefined));
const statuses = () => keelson.output('ps', '--format', '{{.Names}} {{.Status}}');
const shows = (text: string) => eventually(text, async () => ((await statuses()).includes(text) ? true : undefined));
const CHECK = ['--health-interval', '20ms', '--health-retries', '1'];
const detached = async (name: string, ...flags: string[]) => {
  await keelson.output('run', '-d', '--name', name, '--network', 'none', ...flags, 'busybox', 'sleep', '1000');
  leaks.note();
};

test('a container without a check starts no keeper', async () => {
  await detached('plain');
  await detached('none', '--no-healthcheck');
  await detached('nothing', ...CHECK);
  assert.deepEqual(keepers(), []);
  assert.match(await statuses(), /plain Up [a-z0-9 ]+\n/i);
});

test('one keeper for all containers, apart from who started it; it goes with the last', async () => {
  await Promise.all([1, 2, 3].map((i) => detached(`sick${i}`, ...CHECK, '--health-cmd', 'test -e /ok')));
  for (const i of [1, 2, 3]) await shows(`sick${i} Up`);
  const [keeper = '', ...others] = keepers();
  assert.deepEqual([keeper === '', others], [false, []]);
  await Promise.all(
    [1, 2, 3].map((i) =>
      eventually('unhealthy', async () => ((await healthOf(`sick${i}`)) === 'unhealthy' ? true : undefined)),
    ),
  );
  assert.deepEqual(keepers(), [keeper]);
  const [, session, terminal] = sessionOf(keeper);
  assert.deepEqual([session, terminal, readlinkSync(`/proc/${keeper}/cwd`)], [keeper, '0', '/']);
  for (const fd of [0, 1, 2]) assert.equal(readlinkSync(`/proc/${keeper}/fd/${fd}`), '/dev/null');

  await keelson.output('exec', 'sick1', 'touch', '/ok');
  await shows('(healthy)');
  assert.equal(await keelson.output('ps', '-a', '--filter', 'health=healthy', '--format', '{{.Names}}'), 'sick1\n');
  await keelson.output('stop', '-t', '0', 'sick1');
  assert.equal(await healthOf('sick1'), 'unhealthy', 'as Docker tells of one that does not run');
  await keelson.output('rm', '-f', 'sick1', 'sick2');
  await shows('sick3 Up');
  assert.deepEqual(keepers(), [keeper]);
  await keelson.output('rm', '-f', 'sick3');
  await gone();
});

test('killed, with a probe under way: nothing of that is left, and the next command starts another', async () => {
  await detached('slow', ...CHECK, '--health-cmd', 'sleep 4323; true', '--health-timeout', '1h', '-u', '1000');
  const probes = () => pidsThere().filter((pid) => commandOf(pid).startsWith('sleep 4323'));
  await eventually('a probe', () => (probes().length > 0 ? true : undefined));
  const first = await keeperOtherThan();
  process.kill(Number(first), 'SIGKILL');
  const shells = () => pidsThere().filter((pid) => commandOf(pid).startsWith('/bin/sh -c sleep 4323'));
  await eventually('no shell', () => (shells().length === 0 ? true : undefined));
  const [orphan = ''] = probes();
  await keelson.output('version');
  await keelson.output('ps');
  const second = await keeperOtherThan(first);
  const [next, ...others] = await eventually('another probe', () => {
    const found = probes();
    return found.length > 0 && !found.includes(orphan) ? found : undefined;
  });
  assert.ok(next !== undefined && others.length === 0);
  // The next start does as well.
  process.kill(Number(second), 'SIGKILL');
  await gone();
  await detached('other', ...CHECK, '--health-cmd', 'true');
  await keeperOtherThan(first, second);
  await shows('(healthy)');
});

test('the check of a container in the foreground is run by its command; by a keeper when that is killed', async () => {
  const flags = ['--rm', '--name', 'front', '--network', 'none', ...CHECK, '--health-cmd', 'test -e /ok'];
  const child = keelson.start(['run', ...flags, 'busybox', 'sleep', '1000']);
  await shows('(unhealthy)');
  leaks.note();
  assert.deepEqual(keepers(), []);
  child.kill('SIGKILL');
  await keelson.output('exec', 'front', 'touch', '/ok');
  await keeperOtherThan();
  await shows('(healthy)');
});

test('healthcheck run', async () => {
  await detached('asked', '--health-cmd', 'echo asked; test -e /ok', '--health-interval', '1h');
  assert.deepEqual(await keelson.run(['healthcheck', 'run', 'asked']), {
    exitCode: 1,
    stdout: 'unhealthy\n',
    stderr: '',
  });
  await keelson.output('exec', 'asked', 'touch', '/ok');
  assert.deepEqual(await keelson.run(['healthcheck', 'run', 'asked']), { exitCode: 0, stdout: '', stderr: '' });
  const log = await keelson.output(
    'inspect',
    '-f',
    '{{range .State.Health.Log}}{{.ExitCode}} {{.Output}}{{end}}',
    'asked',
  );
  assert.equal(log, '1 asked\n0 asked\n\n');
  await detached('unchecked');
  const { exitCode, stderr } = await keelson.run(['healthcheck', 'run', 'unchecked']);
  assert.deepEqual([exitCode, stderr.split('\n')[0]], [125, 'keelson: container unchecked has no health check']);
});

test('a keeper whose data root has gone goes too', async () => {
  const name = 'orphan';
  await detached(name, ...CHECK, '--health-cmd', 'true');
  await keeperOtherThan();
  renameSync(keelson.root, `${keelson.root}-moved`);
  await gone();
  assert.equal(existsSync(keelson.root), false, 'it does not come back');
  renameSync(`${keelson.root}-moved`, keelson.root);
});

async function healthOf(name: string): Promise<string> {
  return (await keelson.output('inspect', '-f', '{{.State.Health.Status}}', name)).trim();
}

/** Group, session and terminal of a process. */
function sessionOf(pid: string): string[] {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(2, 5);
}
