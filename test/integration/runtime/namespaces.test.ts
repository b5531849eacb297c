import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Namespace, NamespaceType, RuntimeSpec } from '../../../src/spec/index.ts';
import { until } from '../agent/processes.ts';
import { openBusybox } from './run-busybox.ts';

const busybox = openBusybox('namespaces');
const FILES: Record<NamespaceType, string> = {
  pid: 'pid',
  network: 'net',
  mount: 'mnt',
  ipc: 'ipc',
  uts: 'uts',
  user: 'user',
  cgroup: 'cgroup',
  time: 'time',
};
const IDS = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

/** A process in a new namespace of each kind, whose ids are those of IDS. */
let other: ChildProcess;
let otherPid: number;

before(async () => {
  const flags = [
    '--user',
    '--net',
    '--ipc',
    '--uts',
    '--cgroup',
    '--time',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
  ];
  other = spawn('unshare', [...flags, 'sleep', '1000'], { stdio: 'ignore' });
  await until(() => childOf(other.pid) !== undefined, 'the other process is there');
  otherPid = childOf(other.pid) ?? 0;
  for (const map of ['uid_map', 'gid_map'])
    execFileSync('sh', ['-c', `echo 0 100000 65536 > /proc/${otherPid}/${map}`]);
});
after(() => other.kill('SIGKILL'));

function childOf(pid: number | undefined): number | undefined {
  const text = execFileSync('sh', ['-c', `cat /proc/${pid}/task/${pid}/children`], { encoding: 'utf8' }).trim();
  return text === '' ? undefined : Number(text);
}

const ownPath = (type: NamespaceType) => readlinkSync(`/proc/self/ns/${FILES[type]}`);
const otherPath = (type: NamespaceType) => readlinkSync(`/proc/${otherPid}/ns/${FILES[type]}`);

/** Which namespaces a container is in when those of `linux.namespaces` are these. A mount namespace of its own is always one. */
async function namespacesOf(namespaces: readonly Namespace[]): Promise<Map<NamespaceType, string>> {
  const hasUser = namespaces.some(({ type }) => type === 'user');
  const isNewUser = namespaces.some(({ type, path }) => type === 'user' && !path);
  const { exitCode, stdout, stderr } = await busybox.run(
    'cd /proc/self/ns; for n in pid net mnt ipc uts user cgroup time; do readlink $n; done; id -u',
    (spec) => ({
      ...spec,
      mounts: mountsFor(spec, namespaces),
      linux: {
        ...spec.linux,
        namespaces: namespaces.some(({ type }) => type === 'mount') ? namespaces : [{ type: 'mount' }, ...namespaces],
        ...(isNewUser ? { uidMappings: IDS, gidMappings: IDS } : {}),
      },
    }),
  );
  assert.equal(exitCode, 0, stderr);
  const lines = stdout.trim().split('\n');
  assert.equal(lines.pop(), '0', hasUser ? 'root of the user namespace' : 'root');
  return new Map(lines.map((line) => [typeOf(line), line]));
}

/** A user namespace may mount a procfs only of processes that it owns, so elsewhere the host's is shown. */
function mountsFor(spec: RuntimeSpec, namespaces: readonly Namespace[]): RuntimeSpec['mounts'] {
  const pids = namespaces.find(({ type }) => type === 'pid');
  const isNewUser = namespaces.some(({ type, path }) => type === 'user' && !path);
  const ownPids = pids !== undefined && !(pids.path && isNewUser);
  const proc = ownPids
    ? { destination: '/proc', type: 'proc', source: 'proc' }
    : { destination: '/proc', source: '/proc', options: ['rbind'] };
  return [
    proc,
    ...(spec.mounts ?? []).filter(({ destination }) => !['/proc', '/sys', '/dev/mqueue'].includes(destination)),
  ];
}

function typeOf(link: string): NamespaceType {
  const [name] = link.split(':');
  for (const [type, file] of Object.entries(FILES)) if (file === name) return type as NamespaceType;
  throw new Error(`no namespace: ${link}`);
}

describe('each kind of namespace', { concurrency: 1 }, () => {
  for (const type of Object.keys(FILES) as NamespaceType[]) {
    test(`${type}: new, joined by its path, or the runtime's own`, async () => {
      const fresh = (await namespacesOf([{ type }])).get(type);
      assert.notEqual(fresh, ownPath(type));
      assert.notEqual(fresh, otherPath(type));
      // A mount namespace that others live in is no place to build a root in; by its path it can be had all the same.
      const joined = await namespacesOf([{ type, path: `/proc/${otherPid}/ns/${FILES[type]}` }]);
      assert.equal(joined.get(type), otherPath(type));
      if (type === 'mount') return;
      assert.equal((await namespacesOf([])).get(type), ownPath(type));
    });
  }
});

describe('a user namespace', { concurrency: 1 }, () => {
  const others = (['network', 'ipc', 'uts', 'pid', 'cgroup', 'time'] as const).map((type) => type);
  const joinedOf = (types: readonly NamespaceType[]) =>
    types.map((type) => ({ type, path: `/proc/${otherPid}/ns/${FILES[type]}` }));

  test('that is new, with all others joined', async () => {
    const found = await namespacesOf([{ type: 'user' }, ...joinedOf(others)]);
    assert.ok(![ownPath('user'), otherPath('user')].includes(found.get('user') ?? ''));
    for (const type of others) assert.equal(found.get(type), otherPath(type));
  });

  test('that is joined, with all others new', async () => {
    const found = await namespacesOf([...joinedOf(['user']), ...others.map((type) => ({ type }))]);
    assert.equal(found.get('user'), otherPath('user'));
    for (const type of others) assert.ok(![ownPath(type), otherPath(type)].includes(found.get(type) ?? ''), type);
  });

  test('that is joined, with all others of the same process: a pod', async () => {
    const found = await namespacesOf(joinedOf(['user', ...others]));
    for (const type of ['user', ...others] as const) assert.equal(found.get(type), otherPath(type));
  });

  test('gives the ids that it has, whoever made it', async () => {
    const { stdout } = await busybox.run(
      'cat /proc/self/uid_map; touch /dev/shm/x; stat -c %u /dev/shm/x; grep -c gid=100005 /proc/mounts',
      (spec) => ({
        ...spec,
        linux: { namespaces: [...joinedOf(['user', 'network']), { type: 'mount' }, { type: 'pid' }, { type: 'ipc' }] },
      }),
    );
    // A group that is not in the maps would be left out of the terminals' options.
    assert.deepEqual(stdout.trim().split(/\s+/), ['0', '100000', '65536', '0', '1']);
  });
});
