/**
 * The same commands, one after the other, to runc and to keelson-runtime: exit codes and what is printed must be equal,
 * whoever carries them out: Node alone, a brain that each command starts for itself, or one that stays.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PR_SET_CHILD_SUBREAPER, startAgent } from '../../../src/kernel/index.ts';
import { detectCgroups } from '../../../src/runtime/cgroups/detect-cgroups.ts';
import { FRONT, openBrains } from '../front/brains.ts';

const source = new URL('../../../src/bin/keelson-runtime.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'oci-'));
const bundle = join(folder, 'bundle');
const id = `oci-${process.pid}`;

const brains = openBrains();

const hierarchy = detectCgroups().hierarchies.find(({ controllers }) => controllers.includes('pids'));
assert.ok(hierarchy, 'no cgroups here count processes');
const { mountPoint: cgroupRoot, version } = hierarchy;

/** Who carries out the commands of keelson-runtime, and what its environment says of that. */
const ways = {
  'Node alone': {
    program: [process.execPath, '--disable-warning=ExperimentalWarning', source],
    // Most of what each command does here is to read the same sources again.
    env: { NODE_COMPILE_CACHE: join(folder, 'cache') },
  },
  'a brain for each command': { program: [FRONT], env: { ...brains.env, KEELSON_RUNTIME_IDLE: '0' } },
  'a brain that stays': { program: [FRONT], env: brains.env },
} as const;

let way: (typeof ways)[keyof typeof ways] = ways['Node alone'];
const environment = () => ({ ...process.env, ...way.env });
const programOf = (runtime: 'runc' | 'keelson') => (runtime === 'runc' ? ['runc'] : way.program);

before(() => {
  const bin = join(bundle, 'rootfs', 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ['proc', 'sys', 'dev']) mkdirSync(join(bundle, 'rootfs', name));
  cpSync('/usr/bin/busybox', join(bin, 'busybox'));
  for (const name of ['sh', 'sleep', 'cat', 'id', 'true', 'false']) symlinkSync('busybox', join(bin, name));
  execFileSync('runc', ['spec'], { cwd: bundle });
});

after(async () => {
  for (const runtime of ['runc', 'keelson'] as const) call(runtime, ['delete', '--force', id]);
  await brains[Symbol.asyncDispose]();
  // no-mount-below: the containers, whose mounts were in namespaces of their own, have gone
  rmSync(folder, { recursive: true, force: true });
});

let command: readonly string[] = [];

/** Writes the config.json of one runtime: two containers of one name need a cgroup each. */
function configure(runtime: string): void {
  const path = join(bundle, 'config.json');
  const spec = JSON.parse(readFileSync(path, 'utf8'));
  Object.assign(spec.process, { args: command, terminal: false });
  spec.linux.cgroupsPath = `/${id}-${runtime}`;
  writeFileSync(path, JSON.stringify(spec));
}

function call(runtime: 'runc' | 'keelson', words: readonly string[]) {
  configure(runtime);
  const [program, ...first] = programOf(runtime);
  const args = [...first, '--root', join(folder, runtime), ...words];
  const { status, stdout, stderr } = spawnSync(program ?? '', args, {
    cwd: bundle,
    env: environment(),
    encoding: 'utf8',
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, stdout: plain(stdout), stderr: plain(stderr) };
}

/** Without what must differ: times, pids, names of the programs. */
function plain(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/"pid": ?[1-9]\d*/g, '"pid":PID')
    .replaceAll('keelson-runtime', 'runc');
}

/** `create` hands its own streams to the container, so a pipe would not end before that does. */
function create(runtime: 'runc' | 'keelson'): number | null {
  configure(runtime);
  const [program, ...first] = programOf(runtime);
  const args = [...first, '--root', join(folder, runtime), 'create', id];
  return spawnSync(program ?? '', args, { cwd: bundle, env: environment(), stdio: 'ignore' }).status;
}

function same(...words: string[]): void {
  assert.deepEqual(call('keelson', words), call('runc', words), words.join(' '));
}

/** As text: "no limit" is more than a JavaScript number holds. */
function memoryLimits(runtime: 'runc' | 'keelson'): string[] {
  const { stdout } = call(runtime, ['events', '--stats', id]);
  // The last one is a line of memory.stat, which v2 has without it.
  const names = ['"usage":{"limit"', '"swap":{"limit"', '"kernel":{"limit"', '"hierarchical_memory_limit"'];
  const found = names.map((name) => stdout.split(`${name}:`)[1]?.match(/^\d+/)?.[0] ?? `no ${name}`);
  const known = version === 2 ? found.slice(0, -1) : found;
  assert.doesNotMatch(known.join(), /no/);
  return known;
}

function wholeLife(): void {
  command = ['sleep', '100'];
  assert.equal(create('keelson'), create('runc'));
  same('create', id);
  same('state', id);
  same('start', id);
  same('start', id);
  same('exec', id, 'sh', '-c', 'echo out; echo err >&2; exit 3');
  same('exec', '--user', '5:6', '--env', 'A=b', '--cwd', '/bin', id, 'sh', '-c', 'id -u; id -g; echo $A; pwd');
  same('exec', id, 'missing');
  same('update', '--memory', 'bad', id);
  assert.deepEqual(memoryLimits('keelson'), memoryLimits('runc'));
  same('pause', id);
  same('exec', id, 'true');
  same('state', id);
  same('resume', id);
  same('resume', id);
  same('kill', id, 'NOSIGNAL');
  same('delete', id);
  same('kill', id, 'KILL');
  while (!call('runc', ['state', id]).stdout.includes('stopped'));
  while (!call('keelson', ['state', id]).stdout.includes('stopped'));
  same('state', id);
  same('kill', id);
  same('start', id);
  same('delete', id);
  same('state', id);
  assert.deepEqual(readdirSync(join(folder, 'keelson')), []);
  assert.equal(existsSync(join(cgroupRoot, `${id}-keelson`)), false);
}

function callersCgroup(): void {
  command = ['sleep', '100'];
  const top = join(cgroupRoot, `${id}-caller`);
  // On a v2 host it counts from the cgroup above that of the caller, which must have no processes of its own.
  const own = version === 2 ? join(top, 'self') : top;
  mkdirSync(own, { recursive: true });
  const seen = (runtime: 'runc' | 'keelson', cgroupsPath: string | undefined) => {
    configure(runtime);
    const path = join(bundle, 'config.json');
    const spec = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...spec, linux: { ...spec.linux, cgroupsPath } }));
    const words = [...programOf(runtime), '--root', join(folder, runtime)];
    const script = `echo $$ >${own}/cgroup.procs; exec "$@"`;
    execFileSync('sh', ['-c', script, 'sh', ...words, 'run', '--detach', id], {
      cwd: bundle,
      env: environment(),
      stdio: 'ignore',
    });
    const { pid } = JSON.parse(
      execFileSync(words[0] ?? '', [...words.slice(1), 'state', id], { env: environment(), encoding: 'utf8' }),
    );
    const cgroups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    assert.match(cgroups, new RegExp(`:${version === 2 ? '' : 'pids'}:/${id}-caller/`));
    // From here, where we are in other cgroups.
    call(runtime, ['delete', '--force', id]);
    return cgroups;
  };
  for (const cgroupsPath of ['inner/one', undefined]) {
    assert.equal(seen('keelson', cgroupsPath), seen('runc', cgroupsPath));
    assert.equal(existsSync(join(top, cgroupsPath ?? id)), false);
  }
  for (const path of new Set([join(top, 'inner'), own, top])) if (existsSync(path)) rmdirSync(path);
}

async function adoption(): Promise<void> {
  command = ['sleep', '100'];
  for (const runtime of ['runc', 'keelson'] as const) {
    assert.equal(create(runtime), 0);
    call(runtime, ['start', id]);
    const file = join(folder, `${runtime}.pid`);
    const [program = '', ...first] = programOf(runtime);
    const words = ['exec', '--detach', '--pid-file', file, id, 'sh', '-c', 'exit 3'];
    await using agent = startAgent({ stdio: ['ignore', 'ignore', 'ignore'] });
    const { kernel } = agent;
    kernel.prctl(PR_SET_CHILD_SUBREAPER, 1);
    const child = kernel.clone(0, { name: 'runtime' });
    const paths = [program, `/usr/sbin/${program}`].filter((path) => existsSync(path));
    const variables = Object.entries(environment()).map(([name, value]) => `${name}=${value}`);
    await kernel.flush();
    child.kernel.execve(paths[0] ?? '', [program, ...first, '--root', join(folder, runtime), ...words], variables);
    await child.kernel.flush();
    const ended = kernel.wait4(child.pid);
    await kernel.flush();
    assert.equal((await ended).status, 0);
    const adopted = kernel.wait4(Number(readFileSync(file, 'utf8')));
    await kernel.flush();
    assert.equal((await adopted).status, 3 << 8);
    call(runtime, ['delete', '--force', id]);
  }
}

function foreground(): void {
  command = ['sh', '-c', 'echo hello; exit 7'];
  same('run', id);
  command = ['missing'];
  same('run', id);
  assert.deepEqual(readdirSync(join(folder, 'keelson')), []);
}

function errors(): void {
  for (const runtime of ['runc', 'keelson'] as const) {
    const log = join(folder, `${runtime}.log`);
    rmSync(log, { force: true });
    call(runtime, ['--log', log, '--log-format', 'json', 'state', 'missing']);
    const { level, msg } = JSON.parse(readFileSync(log, 'utf8'));
    assert.deepEqual({ level, msg }, { level: 'error', msg: 'container does not exist' });
  }
  same('--log', join(folder, 'text.log'), 'start', 'missing');
  same('list');
  same('list', '--format', 'json');
  same('create', '../x');
  same('delete', '--force', 'missing');
}

for (const [name, how] of Object.entries(ways)) {
  const as = (what: string, check: () => void | Promise<void>) =>
    test(`${what}, by ${name}`, async () => {
      way = how;
      await check();
    });
  as('a container from create to delete', wholeLife);
  as('a cgroup path that is relative, or none, counts from the cgroups of the caller', callersCgroup);
  as('whoever adopts a detached program gets its status, also when it ends at once', adoption);
  as('run waits and gives the status of the program, and leaves nothing', foreground);
  as('errors go to a log, as text or as JSON', errors);
}

test('one brain stayed, and none of those that were not to', () => {
  assert.equal(brains.pids().length, 1);
});
