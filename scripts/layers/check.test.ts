import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkLayers } from './check.ts';
import { rules } from './rules.ts';

/** Checks a few files given as path → text and answers `rule path:line` of each violation. */
function violations(texts: Record<string, string>): string[] {
  return checkLayers(new Map(Object.entries(texts))).map(({ rule, path, line }) => `${rule} ${path}:${line}`);
}

describe('imports between rooms', () => {
  const importing = (from: string, what: string) => violations({ [from]: `\nimport { x } from '${what}';\n` });

  const allowed: [string, string][] = [
    ['src/runtime/create.ts', '../kernel/index.ts'],
    ['src/runtime/mount/bind.ts', './tmpfs.ts'],
    ['src/engine/start.ts', '../network/index.ts'],
    ['src/bin/keelson.ts', '../cli/index.ts'],
    ['src/engine/start.test.ts', '../kernel/index.ts'],
    ['test/integration/pty/resize.test.ts', '../../../src/runtime/terminal/pty.ts'],
    ['examples/01-pid.ts', 'keelson/kernel'],
    ['bench/start.ts', '../src/sdk/index.ts'],
    ['src/image/push.ts', 'undici'],
  ];
  for (const [from, what] of allowed) {
    test(`${from} may import ${what}`, () => assert.deepEqual(importing(from, what), []));
  }

  const forbidden: [string, string, string][] = [
    ['a room below', 'src/kernel/clone.ts', '../runtime/index.ts'],
    ['a room beside', 'src/runtime/create.ts', '../network/index.ts'],
    ['a room two floors down', 'src/engine/start.ts', '../kernel/index.ts'],
    ['the command line past the library', 'src/cli/run.ts', '../engine/index.ts'],
    ['past the door', 'src/runtime/create.ts', '../kernel/errno.ts'],
    ['past the door, from where all is joined', 'src/bin/keelson.ts', '../cli/run.ts'],
    ['past the door, from a unit test', 'src/engine/start.test.ts', '../kernel/errno.ts'],
    ['past the door, from an example', 'examples/01-pid.ts', '../src/kernel/errno.ts'],
    ['a test in the product', 'src/engine/start.ts', '../../test/support.ts'],
    ['the package itself', 'src/engine/start.ts', 'keelson'],
  ];
  for (const [what, from, specifier] of forbidden) {
    test(`not ${what}: ${from} → ${specifier}`, () => {
      assert.deepEqual(importing(from, specifier), [`rooms ${from}:2`]);
    });
  }

  test('sees types, re-exports and dynamic imports', () => {
    const lines = [
      `import type { A } from '../network/index.ts';`,
      `export { b } from '../network/index.ts';`,
      `export * from '../network/index.ts';`,
      `await import('../network/index.ts');`,
    ];
    const found = violations({ 'src/runtime/create.ts': lines.join('\n') });
    assert.deepEqual(
      found.sort(),
      [1, 2, 3, 4].map((line) => `rooms src/runtime/create.ts:${line}`),
    );
  });
});

describe('cycles', () => {
  test('a cycle over three files is found once, also when a type closes it', () => {
    const files = {
      'src/image/a.ts': `import { b } from './b.ts';`,
      'src/image/b.ts': `\nimport { c } from './c.ts';`,
      'src/image/c.ts': `import type { A } from './a.ts';`,
    };
    assert.deepEqual(violations(files), ['cycle src/image/a.ts:1']);
    const [cycle] = checkLayers(new Map(Object.entries(files)));
    assert.equal(cycle?.message, 'src/image/a.ts → src/image/b.ts → src/image/c.ts → src/image/a.ts');
  });

  test('two ways to one file are not a cycle', () => {
    const files = {
      'src/image/a.ts': `import { b } from './b.ts'; import { c } from './c.ts';`,
      'src/image/b.ts': `import { c } from './c.ts';`,
      'src/image/c.ts': `export const c = 1;`,
    };
    assert.deepEqual(violations(files), []);
  });
});

/** For each rule a file that breaks it and one beside it that does not: [path, text]. */
const samples: Record<string, { wrong: [string, string][]; right: [string, string][] }> = {
  pure: {
    wrong: [['src/base/clock.ts', `import { readFile } from 'node:fs/promises';`]],
    right: [
      ['src/base/ids.ts', `import { randomBytes } from 'node:crypto';`],
      ['src/spec/stdio.ts', `import type { Readable } from 'node:stream';`],
    ],
  },
  'no-package': {
    wrong: [['src/runtime/color.ts', `import colors from 'picocolors';`]],
    right: [['src/cli/color.ts', `import colors from 'picocolors';`]],
  },
  'process-start': {
    wrong: [
      ['src/engine/hook.ts', `import { type ChildProcess, spawn } from 'node:child_process';`],
      ['src/engine/hook.ts', `await import('node:child_process');`],
    ],
    right: [['src/network/nft.ts', `import { spawn } from 'node:child_process';`]],
  },
  'no-shell': {
    wrong: [
      ['src/network/nft.ts', `import { exec } from 'node:child_process';`],
      ['src/network/nft.ts', `spawn('nft', ['-f'], { shell: true });`],
    ],
    right: [['src/network/nft.ts', `spawn('nft', ['-f', '-'], { shell: false });`]],
  },
  'no-code-from-data': {
    wrong: [
      ['src/image/run.ts', `import { runInNewContext } from 'node:vm';`],
      ['src/image/run.ts', `const f = new Function('a', body);`],
    ],
    right: [
      ['src/image/run.ts', `const f = (a: number) => a;`],
      ['src/bin/run.ts', `// own-code: only the program beside this file is run\nimport { Script } from 'node:vm';`],
    ],
  },
  'host-path': {
    wrong: [
      ['src/runtime/passwd.ts', `import { readFileSync } from 'node:fs';`],
      ['src/runtime/passwd.ts', `// host-path: yes\nimport { readFileSync } from 'node:fs';`],
    ],
    right: [
      [
        'src/runtime/cgroup.ts',
        `// host-path: /sys/fs/cgroup is the host's own mount\nimport { readFileSync } from 'node:fs';`,
      ],
      ['src/image/blob.ts', `import { readFileSync } from 'node:fs';`],
    ],
  },
  'no-path-below-rootfs': {
    wrong: [
      ['src/runtime/dev.ts', `const dev = join(rootfs, 'dev');`],
      ['src/image/unpack.ts', `const dev = path.resolve(bundle.rootfs, name);`],
      ['src/engine/copy.ts', 'const dev = `${spec.rootfs}/dev`;'],
    ],
    right: [
      ['src/runtime/bundle.ts', `const rootfs = resolve(bundle, 'rootfs');`],
      ['src/cli/run.ts', `const dev = join(rootfs, 'dev');`],
    ],
  },
  'recursive-remove': {
    wrong: [['src/image/drop.ts', `await rm(folder, { recursive: true });`]],
    right: [
      [
        'src/image/drop.ts',
        `// no-mount-below: a folder of blobs, nothing is ever mounted there\nawait rm(folder, { recursive: true });`,
      ],
      ['src/image/drop.ts', `await rm(file, { force: true });`],
    ],
  },
  'no-kill-by-number': {
    wrong: [['src/engine/kill.ts', `process.kill(pid, 'SIGTERM');`]],
    right: [['src/engine/kill.ts', `await kernel.kill(pid);`]],
  },
  'no-exit': {
    wrong: [
      ['src/engine/start.ts', `process.exit(1);`],
      ['src/cli/run.ts', `process.exit(1);`],
    ],
    right: [
      ['src/cli/run.ts', `process.exitCode = 1;`],
      ['src/cli/index.ts', `process.exit(1);`],
    ],
  },
  'no-process-state': {
    wrong: [['src/engine/start.ts', `process.umask(0);`]],
    right: [['src/bin/daemon.ts', `process.umask(0o077);`]],
  },
  'no-environment': {
    wrong: [['src/image/proxy.ts', `const proxy = process.env.HTTPS_PROXY;`]],
    right: [['src/cli/environment.ts', `const proxy = process.env.HTTPS_PROXY;`]],
  },
  'no-process-listener': {
    wrong: [['src/engine/open.ts', `process.once('SIGTERM', close);`]],
    right: [['src/engine/open.ts', `events.once('start', close);`]],
  },
  'no-weak-random': {
    wrong: [['src/engine/id.ts', `const id = Math.random().toString(16);`]],
    right: [['src/engine/id.ts', `const size = Math.max(1, 2);`]],
  },
  'named-for-what-it-does': {
    wrong: [
      ['src/engine/path-utils.ts', ''],
      ['src/engine/common/x.ts', ''],
    ],
    right: [['src/engine/utilisation.ts', '']],
  },
};

describe('rules about what code may do', () => {
  test('each rule has a sample', () => {
    assert.deepEqual(
      Object.keys(samples),
      rules.map(({ name }) => name),
    );
  });

  for (const [name, { wrong, right }] of Object.entries(samples)) {
    for (const [path, text] of wrong) {
      test(`${name} fails ${path}: ${text.split('\n').at(-1)}`, () => {
        assert.deepEqual(violations({ [path]: text }), [`${name} ${path}:${text.split('\n').length}`]);
      });
      test(`${name} lets the same stand in a test`, () => {
        assert.deepEqual(violations({ [path.replace(/\.ts$/, '.test.ts')]: text }), []);
      });
    }
    for (const [path, text] of right) {
      test(`${name} passes ${path}: ${text.split('\n').at(-1)}`, () =>
        assert.deepEqual(violations({ [path]: text }), []));
    }
  }
});
