/** One container with hooks of all kinds under runc, crun and keelson-runtime: when, where and with what each is run. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { defaultMounts, HOOK_KINDS } from '../../../src/spec/index.ts';
import { crunCommand } from '../differential/drivers.ts';
import { makeRoot } from '../differential/make-root.ts';

const source = new URL('../../../src/bin/keelson-runtime.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'keelson-hooks-'));
const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'cache'), OF_THE_RUNTIME: 'yes' };
const runtimes = {
  runc: ['runc'],
  crun: crunCommand,
  keelson: [process.execPath, '--disable-warning=ExperimentalWarning', source],
} as const;
type Runtime = keyof typeof runtimes;

const idOf = (runtime: Runtime) => `hooks-${process.pid}-${runtime}`;

after(() => {
  for (const runtime of ['runc', 'crun', 'keelson'] as const) call(runtime, 'delete', '--force', idOf(runtime));
  // no-mount-below: the containers, whose mounts were in namespaces of their own, have gone
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a line of JSON to the log in its bundle, which the container sees at /log. The shell is the host's or busybox. */
const HOOK = `#!/bin/sh
state=$(cat)
place=$(readlink /proc/self/ns/mnt)
echo "{\\"kind\\":\\"$1\\",\\"folder\\":\\"$(pwd)\\",\\"mounts\\":\\"$place\\",\\"mask\\":\\"$(umask)\\",
\\"runtime\\":\\"$OF_THE_RUNTIME\\",\\"process\\":\\"$OF_THE_PROCESS\\",\\"state\\":$state}" | tr -d '\\n' >> "$2"
echo >> "$2"
exit $3
`;

interface Entry {
  kind: string;
  folder: string;
  mounts: string;
  mask: string;
  runtime: string;
  process: string;
  state: {
    ociVersion: string;
    status: string;
    pid?: number;
    bundle: string;
    id: string;
    annotations: Record<string, string>;
  };
}

function makeBundle(runtime: Runtime, failing?: string): string {
  const bundle = join(folder, runtime);
  rmSync(bundle, { recursive: true, force: true });
  mkdirSync(join(bundle, 'log'), { recursive: true });
  const root = makeRoot(join(bundle, 'rootfs'));
  for (const place of [bundle, join(root, 'bin')]) {
    writeFileSync(join(place, 'hook'), HOOK);
    chmodSync(join(place, 'hook'), 0o755);
  }
  for (const applet of ['cat', 'readlink', 'tr', 'touch']) cpSync('/bin/busybox', join(root, 'bin', applet));
  const hooks = HOOK_KINDS.map((kind) => {
    const inside = kind === 'startContainer';
    const args = ['hook', kind, inside ? '/log/lines' : join(bundle, 'log/lines'), kind === failing ? '1' : '0'];
    return [kind, [{ path: inside ? '/bin/hook' : join(bundle, 'hook'), args }]];
  });
  const spec = {
    ociVersion: '1.0.2',
    process: {
      args: ['/bin/sh', '-c', 'echo "{\\"kind\\":\\"program\\"}" >> /log/lines'],
      cwd: '/data',
      env: ['PATH=/bin', 'OF_THE_PROCESS=yes'],
      user: { uid: 0, gid: 0 },
    },
    root: { path: 'rootfs' },
    annotations: { key: 'value' },
    mounts: [
      ...defaultMounts(1 << 20),
      { destination: '/log', source: join(bundle, 'log'), type: 'bind', options: ['rbind', 'rw'] },
    ],
    hooks: Object.fromEntries(hooks),
    linux: {
      cgroupsPath: `/${idOf(runtime)}`,
      namespaces: (['mount', 'pid', 'network', 'ipc', 'uts'] as const).map((type) => ({ type })),
    },
  };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec));
  return bundle;
}

function call(runtime: Runtime, ...words: string[]) {
  const [program, ...first] = runtimes[runtime];
  const args = [...first, '--root', join(folder, `${runtime}-state`), ...words];
  const { status, stderr } = spawnSync(program, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    // `create` hands its own streams to the container, so a pipe would not end before that does.
    stdio: ['ignore', 'ignore', words[0] === 'create' ? 'ignore' : 'pipe'],
    timeout: 60_000,
  });
  return { status, stderr };
}

function linesOf(runtime: Runtime): Entry[] {
  const file = join(folder, runtime, 'log/lines');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const kindsOf = (runtime: Runtime) => linesOf(runtime).map(({ kind }) => kind);

/** From create to delete; gives what each step answered. */
function live(runtime: Runtime, failing?: string) {
  const bundle = makeBundle(runtime, failing);
  const id = idOf(runtime);
  const create = call(runtime, 'create', '--bundle', bundle, id).status;
  const begun = kindsOf(runtime);
  const start = create === 0 ? call(runtime, 'start', id) : undefined;
  // A program that ends and one that a failed hook kept from its start are both over soon.
  let deleted = call(runtime, 'delete', id);
  for (let tries = 0; tries < 200 && create === 0 && deleted.status !== 0; tries++)
    deleted = call(runtime, 'delete', id);
  return { create, begun, start: start?.status, startError: start?.stderr ?? '', deleted, kinds: kindsOf(runtime) };
}

/** Without what must differ. */
function comparable(runtime: Runtime) {
  const own = readlinkSync('/proc/self/ns/mnt');
  const entries = linesOf(runtime).filter(({ kind }) => kind !== 'program');
  return Object.fromEntries(
    entries.map(({ kind, state, ...entry }) => {
      const { id, pid, ociVersion: _, ...rest } = state;
      const place = { folder: entry.folder.replace(join(folder, runtime), 'BUNDLE'), mounts: entry.mounts === own };
      const bundle = rest.bundle.replace(join(folder, runtime), 'BUNDLE');
      const others = { ...rest, bundle, id: id.replace(runtime, 'RUNTIME'), pid: pid === undefined ? pid : pid > 1 };
      return [kind, { ...entry, ...place, state: others }];
    }),
  );
}

describe('hooks of all kinds', { concurrency: 1 }, () => {
  test('each is run when, where and with what runc and crun run it', () => {
    const [runc, crun, keelson] = [live('runc'), live('crun'), live('keelson')];
    assert.deepEqual(keelson.begun, ['prestart', 'createRuntime', 'createContainer']);
    assert.deepEqual(crun.begun, keelson.begun);
    // The program runs beside the hooks that come after its start.
    const hooks = (kinds: readonly string[]) => kinds.filter((kind) => kind !== 'program');
    assert.ok(keelson.kinds.indexOf('program') > keelson.kinds.indexOf('startContainer'));
    assert.deepEqual(hooks(keelson.kinds), [...HOOK_KINDS]);
    // crun's startContainer and poststart run at the same time.
    assert.deepEqual(hooks(crun.kinds).toSorted(), [...HOOK_KINDS].toSorted());
    // runc runs poststart before the program, in `create`: docs/decisions/0008-when-hooks-run.md.
    const others = (kinds: readonly string[]) => kinds.filter((kind) => kind !== 'poststart');
    assert.deepEqual(others(keelson.kinds), others(runc.kinds));
    assert.deepEqual([keelson.create, keelson.start, keelson.deleted.status], [0, 0, 0]);

    const { poststart: late, ...own } = comparable('keelson');
    const { poststart: early, ...expected } = comparable('runc');
    assert.deepEqual(own, expected);
    const there = { folder: 'BUNDLE', state: { ...late?.state, status: 'created' } };
    assert.deepEqual({ ...late, ...there }, early);
    assert.equal(late?.state.status, 'running');
  });

  for (const kind of HOOK_KINDS.slice(0, 3)) {
    test(`${kind} fails: create fails, and poststop is run`, () => {
      const [runc, keelson] = [live('runc', kind), live('keelson', kind)];
      assert.deepEqual(keelson.kinds, runc.kinds);
      assert.equal(keelson.kinds.at(-1), 'poststop');
      assert.deepEqual([keelson.create, runc.create], [1, 1]);
      assert.equal(existsSync(join(folder, 'keelson-state', idOf('keelson'))), false);
      assert.equal(existsSync(`/sys/fs/cgroup/pids/${idOf('keelson')}`), false);
    });
  }

  test('startContainer fails: the program does not start, and the container is there to be deleted', () => {
    const [runc, keelson] = [live('runc', 'startContainer'), live('keelson', 'startContainer')];
    assert.deepEqual(
      keelson.kinds,
      runc.kinds.filter((kind) => kind !== 'poststart'),
    );
    assert.ok(!keelson.kinds.includes('program'));
    // runc's start does not wait for it; the specification wants an error.
    assert.deepEqual([keelson.start, runc.start], [1, 0]);
    assert.match(keelson.startError, /error running startContainer hook #0: exit status 1/);
    assert.equal(keelson.deleted.status, 0);
  });

  test('poststart fails: an error, and the container is stopped', () => {
    const keelson = live('keelson', 'poststart');
    assert.deepEqual([keelson.create, keelson.start, keelson.deleted.status], [0, 1, 0]);
    assert.match(keelson.startError, /error running poststart hook #0: exit status 1/);
    assert.equal(keelson.kinds.at(-1), 'poststop');
  });

  test('poststop fails: delete says so and has deleted', () => {
    const [runc, keelson] = [live('runc', 'poststop'), live('keelson', 'poststop')];
    assert.deepEqual([keelson.deleted.status, runc.deleted.status], [0, 0]);
    for (const { deleted } of [runc, keelson]) assert.match(deleted.stderr, /level=error msg="error running .*hook #0/);
    assert.equal(existsSync(join(folder, 'keelson-state', idOf('keelson'))), false);
  });

  test('poststop finds the id free, so that another container can have it', () => {
    const found = (['runc', 'keelson'] as const).map((runtime) => {
      const bundle = makeBundle(runtime);
      const path = join(bundle, 'config.json');
      const seen = join(bundle, 'seen');
      const script = `ls ${join(folder, `${runtime}-state`)} >${seen}`;
      const hooks = { poststop: [{ path: '/bin/sh', args: ['sh', '-c', script] }] };
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), hooks }));
      const { status, stderr } = call(runtime, 'run', '--bundle', bundle, idOf(runtime));
      assert.equal(status, 0, stderr);
      return readFileSync(seen, 'utf8');
    });
    assert.deepEqual(found, ['', '']);
  });

  test('run in the foreground runs all of them too', () => {
    const bundle = makeBundle('keelson');
    assert.equal(call('keelson', 'run', '--bundle', bundle, idOf('keelson')).status, 0);
    const kinds = kindsOf('keelson');
    assert.deepEqual(
      kinds.filter((kind) => kind !== 'program'),
      [...HOOK_KINDS],
    );
    assert.ok(kinds.indexOf('program') > kinds.indexOf('startContainer'));
    makeBundle('keelson', 'poststart');
    const { status, stderr } = call('keelson', 'run', '--bundle', bundle, idOf('keelson'));
    assert.equal(status, 1);
    assert.match(stderr, /poststart hook #0/);
    assert.equal(kindsOf('keelson').at(-1), 'poststop');
  });
});
