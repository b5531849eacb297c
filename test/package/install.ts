/**
 * What a stranger gets: everything that is published, installed by npm from a registry into an empty folder, and used as
 * the README says. `npm run test:package` runs it on what `npm run build:package` made.
 */
import assert from 'node:assert/strict';
import { execFile, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LeakCheck } from '../leak-check.ts';
import { InstalledRuntime } from './installed-runtime.ts';
import { type LocalRegistry, serveTarballs } from './local-registry.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'keelson-package-'));
const root = join(folder, 'data');
const tarballs = join(folder, 'tarballs');
const user = join(folder, 'user');

/** Nothing of the npm that runs this test, and the Node that a user would have. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_)/i.test(name))),
  PATH: `${join(process.execPath, '..')}:${process.env.PATH}`,
  KEELSON_ROOT: root,
  KEELSON_RUNTIME_IDLE: '0',
  npm_config_cache: join(folder, 'cache'),
};

let registry: LocalRegistry;
before(async () => {
  for (const path of [tarballs, user, root]) mkdirSync(path, { mode: 0o700 });
  const published = ['keelson', `agent-linux-x64`, 'agent-linux-arm64'].map((name) => `build/packages/${name}`);
  // What it depends on, as far as the folder of the checkout has it, and what a program in TypeScript needs.
  const others = ['undici', '@bufbuild/protobuf', '@types/node', 'undici-types'].map((name) => `node_modules/${name}`);
  for (const path of [...published, ...others]) {
    execute('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', tarballs, `./${path}`], checkout);
  }
  registry = await serveTarballs(tarballs);
  await install(user, 'keelson', '@types/node');
});
after(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function execute(command: string, args: readonly string[], cwd = user): SpawnSyncReturns<string> {
  const ended = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 120_000 });
  assert.equal(ended.status, 0, `${command} ${args.join(' ')}: ${ended.stdout}${ended.stderr}`);
  return ended;
}

/** The registry is served by this process, so it must not be waited for in one call. */
async function install(into: string, ...packages: string[]): Promise<void> {
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n');
  const flags = ['--no-audit', '--no-fund', '--registry', registry.url];
  await promisify(execFile)('npm', ['install', ...flags, ...packages], { cwd: into, env });
}

/** The TypeScript of the README that imports from a door, with a data root of this test. */
function example(door: string): string {
  const text = readFileSync(join(user, 'node_modules/keelson/README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const found = blocks.find((block) => block.includes(`from '${door}'`)) ?? assert.fail(`no example of ${door}`);
  return found.replace('/var/lib/my-program', root);
}

describe('the package, installed by npm', () => {
  test('comes with the agent of this platform alone, ready to run', () => {
    const other = process.arch === 'x64' ? 'arm64' : 'x64';
    for (const program of ['keelson-agent', 'build/keelson-runtime']) {
      accessSync(join(user, `node_modules/@keelson/agent-linux-${process.arch}/${program}`), constants.X_OK);
    }
    assert.equal(existsSync(join(user, `node_modules/@keelson/agent-linux-${other}`)), false);
  });

  test('npx keelson run --rm busybox true', async () => {
    const check = new LeakCheck(root);
    execute('npx', ['keelson', 'run', '--rm', '--network', 'none', 'busybox', 'true']);
    const said = execute('npx', ['keelson', 'run', '--rm', 'busybox', 'echo', 'from the container']);
    assert.deepEqual([said.stdout, said.stderr], ['from the container\n', '']);
    assert.deepEqual(
      check.left().filter((line) => !line.startsWith('file ')),
      [],
    );
  });

  test('npx keelson-runtime, and what is asked for help', () => {
    assert.match(execute('npx', ['keelson-runtime', '--version']).stdout, /keelson/);
    assert.match(execute('npx', ['keelson', '--help']).stdout, /^Usage/m);
  });

  test('keelson-runtime by the path that an engine names: its native program, and one Node for all commands', async () => {
    const shared = join(folder, 'shared');
    const native = `@keelson/agent-linux-${process.arch}/build/keelson-runtime`;
    await install(shared, '--global', '--prefix', shared, 'keelson');
    for (const [name, program] of [
      ['local', join(user, 'node_modules/keelson/bin/keelson-runtime')],
      ['linked', join(user, 'node_modules/.bin/keelson-runtime')],
      ['global', join(shared, 'bin/keelson-runtime')],
      ['native', join(user, 'node_modules', native)],
      ['native global', join(shared, 'lib/node_modules/keelson/node_modules', native)],
    ] as const) {
      await using runtime = new InstalledRuntime(program, join(folder, name), env);
      assert.equal(runtime.run('echo from the bundle; exit 3').status, 3);
      const [brain] = runtime.brains();
      assert.ok(brain !== undefined, `${name}: nobody stays`);
      const ended = runtime.run('echo from the bundle; exit 4');
      assert.deepEqual([ended.status, ended.stdout, ended.stderr], [4, 'from the bundle\n', '']);
      assert.deepEqual(runtime.brains(), [brain], name);
    }
  });

  test("the README's example of the library", () => {
    writeFileSync(join(user, 'library.ts'), example('keelson'));
    const { stdout, stderr } = execute('node', ['--disable-warning=ExperimentalWarning', 'library.ts']);
    assert.deepEqual([stdout, stderr], ['42\n0\n', '']);
  });

  test("the README's example of keelson/kernel", () => {
    writeFileSync(join(user, 'kernel.ts'), example('keelson/kernel'));
    const { stdout } = execute('node', ['--disable-warning=ExperimentalWarning', 'kernel.ts']);
    assert.match(stdout, /^I am process 1 on keelson\n/);
  });

  test('both have types, which hold under the strictest check', () => {
    writeFileSync(
      join(user, 'wrong.ts'),
      "import { startAgent } from 'keelson/kernel';\n// @ts-expect-error a name of a host is text\n(await startAgent()).kernel.sethostname(1);\n",
    );
    const compilerOptions = {
      ...{ target: 'es2024', lib: ['es2024', 'esnext.disposable'], module: 'nodenext', types: ['node'] },
      ...{ strict: true, noEmit: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
    };
    writeFileSync(join(user, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    execute(join(checkout, 'node_modules/.bin/tsc'), ['-p', user]);
  });

  test('without optional packages it says what is missing', async () => {
    const bare = join(folder, 'bare');
    await install(bare, '--omit=optional', 'keelson');
    const { status, stderr } = spawnSync('npx', ['keelson', 'run', '--rm', 'busybox', 'true'], {
      ...{ cwd: bare, env, encoding: 'utf8' },
    });
    assert.match(stderr, /^keelson: the agent .*missing\nhint: .*@keelson\/agent-linux-\w+\n$/);
    assert.equal(status, 125);
  });
});
