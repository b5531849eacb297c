/**
 * An ordinary user with ranges of ids and a cgroup that were given to it, without an engine: limits are set below that
 * cgroup, and nobody's else. What the container sees must be equal on runc.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { detectCgroups } from '../../../src/runtime/cgroups/detect-cgroups.ts';
import { makeRoot } from '../differential/make-root.ts';
import { FRONT } from '../front/brains.ts';

const USER = 54_321;
/** What /etc/subuid and /etc/subgid give to the user. */
const RANGE = { containerID: 1, hostID: 7_000_000, size: 65_535 };
const MIB = 2 ** 20;

const name = `keelson-rootless-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'keelson-rootless-'));
const home = join(folder, 'home');
const bundle = join(folder, 'bundle');

const { mode, hierarchies } = detectCgroups();
/** The hierarchies that a part of is given away: all there is of v2, and of v1 those with the limits that are tried. */
const given = hierarchies.filter(({ version, controllers }) =>
  version === 2 ? true : controllers.some((controller) => ['memory', 'pids'].includes(controller)),
);
const tops = given.map(({ mountPoint }) => join(mountPoint, name));
/** In v2 a cgroup with processes of its own cannot hand controllers on: the user is in one of those below. */
const insides = given.map(({ version }, index) => join(tops[index] ?? '', version === 2 ? 'self' : '.'));

before(() => {
  chmodSync(folder, 0o755);
  for (const path of [home, bundle, join(folder, 'etc/upper'), join(folder, 'etc/work')])
    mkdirSync(path, { recursive: true });
  for (const file of ['passwd', 'subuid', 'subgid']) {
    const target = join(folder, 'etc/upper', file);
    if (existsSync(`/etc/${file}`)) cpSync(`/etc/${file}`, target);
  }
  appendFileSync(join(folder, 'etc/upper/passwd'), `${name}:x:${USER}:${USER}::/:/bin/sh\n`);
  for (const file of ['subuid', 'subgid'])
    appendFileSync(join(folder, 'etc/upper', file), `${name}:${RANGE.hostID}:${RANGE.size}\n`);
  makeRoot(join(bundle, 'rootfs'));
  execFileSync('runc', ['spec', '--rootless'], { cwd: bundle });
  const config = join(bundle, 'config.json');
  const spec = JSON.parse(readFileSync(config, 'utf8'));
  // Those that the mount has already: nobody in a user namespace may take them away.
  const options = ['rbind', 'ro', 'nosuid', 'noexec', 'nodev'];
  // All cgroups, whichever of them the container would see.
  spec.mounts.push({ destination: '/data', type: 'none', source: '/sys/fs/cgroup', options });
  writeFileSync(config, JSON.stringify(spec));
  chownSync(home, USER, USER);
  chmodSync(home, 0o700);
  if (mode === 'v2') writeFileSync('/sys/fs/cgroup/cgroup.subtree_control', '+memory +pids');
  for (const path of new Set([...tops, ...insides])) {
    mkdirSync(path, { recursive: true });
    for (const file of ['.', 'cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control', 'tasks'])
      if (existsSync(join(path, file))) chownSync(join(path, file), USER, USER);
  }
});

after(() => {
  for (const path of new Set([...insides, ...tops].reverse().sort((a, b) => b.length - a.length)))
    if (existsSync(path)) rmdirSync(path);
  // no-mount-below: what the user's programs mounted was in a namespace of theirs
  rmSync(folder, { recursive: true });
});

interface Change {
  script: string;
  cgroups?: readonly string[];
  resources?: object;
  /** Besides the own id. */
  range?: typeof RANGE | undefined;
}

/** Runs a container as the user to its end, called from these cgroups. */
function run(program: string, { script, cgroups = [], resources, ...change }: Change) {
  const path = join(bundle, 'config.json');
  const spec = JSON.parse(readFileSync(path, 'utf8'));
  Object.assign(spec.process, { args: ['/bin/sh', '-c', script], terminal: false });
  const { range } = { range: RANGE, ...change };
  const ids = [{ containerID: 0, hostID: USER, size: 1 }, ...(range ? [range] : [])];
  Object.assign(spec.linux, { uidMappings: ids, gidMappings: ids, resources });
  writeFileSync(path, JSON.stringify(spec));
  const layers = `lowerdir=/etc,upperdir=${folder}/etc/upper,workdir=${folder}/etc/work`;
  const asUser = `setpriv --reuid ${USER} --regid ${USER} --clear-groups --`;
  const script0 = [
    `mount -t overlay -o ${layers} overlay /etc`,
    ...cgroups.map((cgroup) => `echo $$ >${cgroup}/cgroup.procs`),
    `exec ${asUser} "$@"`,
  ].join(' && ');
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', 'sh', '-c', script0, 'sh', program, '--root', join(home, 'state'), 'run', `${name}-c`],
    {
      cwd: bundle,
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: home,
        XDG_RUNTIME_DIR: home,
        KEELSON_RUNTIME_BRAIN: home,
        KEELSON_RUNTIME_IDLE: '0',
      },
      encoding: 'utf8',
      timeout: 60_000,
      input: '',
    },
  );
  return { status, stdout, stderr };
}

/** Prints the limits of the cgroup that must be the container's, and takes more than it may have. */
const seeAndTake = [
  `cd /data; ${mode === 'v2' ? '' : 'cd memory;'} busybox cat ${name}/${name}-c/memory.${mode === 'v2' ? 'max' : 'limit_in_bytes'}`,
  `cd /data; ${mode === 'v2' ? '' : 'cd pids;'} busybox cat ${name}/${name}-c/pids.max`,
  'busybox awk "{print \\$3}" /proc/self/uid_map',
  'busybox tail /dev/zero',
].join('; ');

test('limits are those of the container, below the cgroup that was given to the user', () => {
  const resources = { memory: { limit: 32 * MIB }, pids: { limit: 25 } };
  const change = { script: seeAndTake, cgroups: insides, resources };
  const ours = run(FRONT, change);
  assert.equal(ours.stderr, '');
  assert.deepEqual(ours.stdout.split('\n'), [32 * MIB, 25, 1, RANGE.size, ''].map(String));
  // The program took more memory than that.
  assert.equal(ours.status, 137);
  assert.deepEqual(readdirSync(join(home, 'state')), []);
  for (const top of tops) assert.equal(existsSync(join(top, `${name}-c`)), false);
  // runc says on a host with both versions that it cannot remove the cgroup of its caller.
  const { status, stdout, stderr } = run('runc', change);
  assert.deepEqual({ status, stdout }, { status: ours.status, stdout: ours.stdout }, stderr);
});

test('without a cgroup that the user may use, limits have no effect, and it is said', () => {
  const resources = { memory: { limit: 32 * MIB }, pids: { limit: 25 } };
  const { status, stdout, stderr } = run(FRONT, { script: 'echo ran', resources });
  assert.deepEqual({ status, stdout }, { status: 0, stdout: 'ran\n' }, stderr);
  for (const field of ['memory.limit', 'pids.limit'])
    assert.match(stderr, new RegExp(`level=warning msg=.*linux.resources.${field} has no effect`));
  assert.doesNotMatch(stderr, /level=error/);
  // Who asks for none is not told of any. The own id alone takes no program that maps it, and gives up groups.
  const alone = run(FRONT, { script: 'busybox cat /proc/self/setgroups', range: undefined });
  assert.deepEqual(alone, { status: 0, stdout: 'deny\n', stderr: '' });
});

test('ids that nobody gave to the user are refused by newuidmap, and nothing stays', () => {
  const range = { ...RANGE, hostID: RANGE.hostID + 1 };
  const { status, stderr } = run(FRONT, { script: 'true', range });
  assert.equal(status, 1);
  assert.match(stderr, /cannot map the ids: newuidmap: uid range \[1-65536\) -> \[7000001-7065536\) not allowed/);
  assert.deepEqual(readdirSync(join(home, 'state')), []);
});
