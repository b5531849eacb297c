/** What happens to a container whose cgroup belongs to systemd, from its start to its removal, and when that fails. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FRONT } from '../front/brains.ts';
import {
  BUNDLE,
  folderOf,
  forgotten,
  loadState,
  propertiesOf,
  SystemdContainers,
  settingsIn,
  withCgroup,
} from './systemd-containers.ts';

const containers = new SystemdContainers();
after(() => containers[Symbol.asyncDispose]());

/** Calls keelson-runtime, which must do it; gives what it prints. */
function keelson(...words: string[]): string {
  const { status, stdout, stderr } = containers.call('keelson', ...words);
  assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
  return stdout;
}

const idOf = (name: string) => `life-${process.pid}-${name}`;
const unitOf = (name: string) => `life-${idOf(name)}.scope`;
const pathOf = (name: string) => `:life:${idOf(name)}`;

function create(name: string, script?: string): void {
  containers.bundle(idOf(name), withCgroup(pathOf(name)), script);
  const { status, log } = containers.create('keelson', idOf(name));
  assert.equal(status, 0, log);
}

describe('the life of a unit', { concurrency: 1 }, () => {
  test('later commands need no flag, and update changes unit and files as runc does', async () => {
    const change = ['--memory', '48m', '--memory-swap', '48m', '--cpu-quota', '12345', '--pids-limit', '33'];
    const found = (['runc', 'keelson'] as const).map((runtime) => {
      const id = idOf(`update-${runtime}`);
      containers.bundle(id, withCgroup(`:life:${id}`, { resources: { cpu: { quota: 50_000, period: 50_000 } } }));
      assert.equal(containers.create(runtime, id).status, 0);
      assert.equal(containers.call(runtime, 'start', id).status, 0);
      // runc remembers too.
      const { status, stderr } = containers.call(runtime, 'update', ...change, id);
      assert.equal(status, 0, stderr);
      const unit = `life-${id}.scope`;
      const { MemoryMax, MemorySwapMax, CPUQuotaPerSecUSec, CPUQuotaPeriodUSec, TasksMax } = propertiesOf(unit);
      const files = settingsIn(folderOf(unit));
      return { unit: { MemoryMax, CPUQuotaPeriodUSec, TasksMax }, own: { MemorySwapMax, CPUQuotaPerSecUSec }, files };
    });
    const [runc, ours] = found;
    assert.deepEqual(ours?.unit, runc?.unit);
    assert.deepEqual(ours?.files, runc?.files);
    assert.equal(ours?.files['cpu.max'], '12345 50000');
    // What no swap and a quota of the period in force are: runc 1.1 says neither.
    assert.deepEqual(ours?.own, { MemorySwapMax: '0', CPUQuotaPerSecUSec: '250ms' });
    const state = JSON.parse(
      readFileSync(join(containers.stateFolder('keelson'), idOf('update-keelson'), 'state.json'), 'utf8'),
    );
    assert.equal(state.config.cgroups.systemd, true);

    const unit = unitOf('update-keelson');
    const id = idOf('update-keelson');
    const folder = folderOf(unit);
    const exec = containers.detached('keelson', 'exec', '--detach', id, '/bin/busybox', 'sleep', '1000');
    assert.equal(exec.status, 0, exec.log);
    assert.equal(readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim().split('\n').length, 2);
    keelson('pause', id);
    assert.match(keelson('state', id), /"status": "paused"/);
    keelson('resume', id);
    keelson('delete', '--force', id);
    assert.equal(loadState(unit), 'not-found');
    assert.equal(existsSync(folder), false);
    assert.equal(containers.call('runc', 'delete', '--force', idOf('update-runc')).status, 0);
  });

  test('a program that ends takes the unit with it, and delete finds nothing to do', async () => {
    create('ends', 'exit 3');
    assert.equal(loadState(unitOf('ends')), 'loaded');
    keelson('start', idOf('ends'));
    assert.equal(await forgotten(unitOf('ends')), true);
    keelson('delete', idOf('ends'));
  });

  test('a unit that failed is removed by delete, and gives way to a new one', async () => {
    const annotations = { 'org.systemd.property.RuntimeMaxSec': '1', 'org.systemd.property.TimeoutStopSec': '1' };
    const name = 'fails';
    containers.bundle(idOf(name), (spec) => withCgroup(pathOf(name))({ ...spec, annotations }));
    assert.equal(containers.create('keelson', idOf(name)).status, 0);
    for (let tries = 0; tries < 100 && propertiesOf(unitOf(name)).ActiveState !== 'failed'; tries++) await sleep(100);
    assert.equal(propertiesOf(unitOf(name)).Result, 'timeout');
    keelson('delete', '--force', idOf(name));
    assert.equal(loadState(unitOf(name)), 'not-found');

    const unit = unitOf('again');
    spawnSync('systemd-run', ['--scope', `--unit=${unit}`, '--property=RuntimeMaxSec=1', 'sleep', '1000']);
    assert.equal(propertiesOf(unit).ActiveState, 'failed');
    create('again');
    assert.equal(propertiesOf(unit).ActiveState, 'active');
    keelson('delete', '--force', idOf('again'));
  });

  test("somebody else's unit of the same name is left alone", async () => {
    const unit = unitOf('taken');
    const other = spawn('systemd-run', ['--scope', `--unit=${unit}`, 'sleep', '1000'], { stdio: 'ignore' });
    try {
      for (let tries = 0; tries < 100 && loadState(unit) !== 'loaded'; tries++) await sleep(50);
      containers.bundle(idOf('taken'), withCgroup(pathOf('taken')));
      const { status, log } = containers.create('keelson', idOf('taken'));
      assert.equal(status, 1);
      assert.match(log, /has processes in it already/);
      assert.equal(propertiesOf(unit).ActiveState, 'active');
    } finally {
      execFileSync('systemctl', ['stop', unit]);
      other.kill();
    }
  });

  test('a start that fails leaves no unit', async () => {
    containers.bundle(idOf('missing'), (spec) => {
      const { linux } = withCgroup(pathOf('missing'))(spec);
      return { ...spec, linux, process: { ...spec.process, cwd: '/', args: ['/no/such/program'] } };
    });
    const { status, log } = containers.create('keelson', idOf('missing'));
    assert.equal(status, 1);
    assert.match(log, /no such file or directory/);
    assert.equal(loadState(unitOf('missing')), 'not-found');

    containers.bundle(
      idOf('limit'),
      withCgroup(pathOf('limit'), { resources: { unified: { 'memory.nothing': '1' } } }),
    );
    const limit = containers.create('keelson', idOf('limit'));
    assert.equal(limit.status, 1);
    assert.match(limit.log, /memory\.nothing/);
    assert.equal(loadState(unitOf('limit')), 'not-found');
    assert.equal(existsSync(join(containers.stateFolder('keelson'), idOf('limit'))), false);
  });
});

test("a terminal is there for the container, whose devices systemd's filter decides about too", () => {
  const id = idOf('terminal');
  const bundle = containers.bundle(
    id,
    (spec) => withCgroup(pathOf('terminal'))({ ...spec, process: { cwd: '/', ...spec.process, terminal: true } }),
    'echo opened >"$(tty)"',
  );
  const { stdout } = spawnSync(
    'script',
    ['-qec', `"$RUNTIME" --root "$STATE" --systemd-cgroup run -b ${bundle} ${id}`, '/dev/null'],
    {
      encoding: 'utf8',
      env: { ...process.env, ...containers.brainEnv, RUNTIME: FRONT, STATE: containers.stateFolder('keelson') },
      timeout: 120_000,
    },
  );
  // The terminal may echo how script(1) tells the end of its own input before.
  assert.match(stdout, /opened\r+\n$/);
});

describe('the way to systemd', { concurrency: 1 }, () => {
  test("without a bus it is systemd's own socket", () => {
    containers.env = { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nowhere' };
    try {
      create('direct');
      assert.equal(propertiesOf(unitOf('direct')).ActiveState, 'active');
      keelson('delete', '--force', idOf('direct'));
      assert.equal(loadState(unitOf('direct')), 'not-found');
    } finally {
      containers.env = {};
    }
  });

  test('by Node alone too, and errors say what is wrong', () => {
    const run = (words: readonly string[], hide = 'true') =>
      spawnSync(
        'unshare',
        ['--mount', 'sh', '-c', `${hide}; exec "$@"`, 'sh', process.execPath, '--disable-warning=ExperimentalWarning']
          .concat(BUNDLE, '--root', containers.stateFolder('keelson'), '--systemd-cgroup')
          .concat(words),
        { encoding: 'utf8', env: { ...process.env, ...containers.brainEnv } },
      );
    const bundle = containers.bundle(idOf('alone'), withCgroup(pathOf('alone')), 'cat /proc/self/cgroup');
    const alone = run(['run', '--bundle', bundle, idOf('alone')]);
    assert.equal(alone.stdout, `0::/system.slice/${unitOf('alone')}\n`, alone.stderr);
    assert.equal(loadState(unitOf('alone')), 'not-found');

    const hidden = run(['run', '--bundle', bundle, idOf('alone')], 'mount -t tmpfs none /run/systemd');
    assert.equal(hidden.status, 1);
    assert.match(hidden.stderr, /systemd does not run on this host/);
  });

  test('what is no unit is refused, in the words of runc', () => {
    for (const [path, text] of [
      ['/keelson/x', /expected cgroupsPath to be of format ."slice:prefix:name." for systemd cgroups, got/],
      ['a--b.slice:p:n', /invalid slice name: a--b\.slice/],
    ] as const) {
      const found = (['runc', 'keelson'] as const).map((runtime) => {
        const id = idOf(`refused-${runtime}`);
        containers.bundle(id, withCgroup(path));
        return containers.create(runtime, id);
      });
      for (const { status, log } of found) {
        assert.equal(status, 1);
        assert.match(log, text);
      }
    }
    // A slice holds no processes: runc leaves it to systemd to say so.
    const found = (['runc', 'keelson'] as const).map((runtime) => {
      const id = idOf(`slice-${runtime}`);
      containers.bundle(id, withCgroup(':p:own.slice'));
      return containers.create(runtime, id).status;
    });
    assert.deepEqual(found, [1, 1]);
  });
});
