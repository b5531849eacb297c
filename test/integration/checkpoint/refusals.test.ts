/** What `checkpoint` and `restore` refuse, beside runc; and criu that is missing, too old, or does not do its work. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type Called, CountingBundle, criuWorks } from './counting-bundle.ts';

const bundle = new CountingBundle();
const { id } = bundle;
const images = bundle.path('images');

before(async () => {
  bundle.succeed('keelson', ['run', '--detach', id]);
  await bundle.count();
});
after(() => bundle[Symbol.asyncDispose]());

/** It failed with that text, and the container is what it was. */
async function refused(words: readonly string[], expected: RegExp, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { status, log } = bundle.call('keelson', words, { env });
  assert.equal(status, 1);
  assert.match(log, expected);
  assert.equal(bundle.status('keelson'), 'running');
  assert.deepEqual(readdirSync(bundle.path('state-keelson')), [id]);
  await bundle.count(bundle.number);
}

/** A program that stands in for criu. */
function standIn(name: string, script: string): string {
  const path = bundle.path(name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('with the words of runc', { concurrency: 1 }, () => {
  const theirs = new CountingBundle();
  before(() => theirs.succeed('runc', ['run', '--detach', theirs.id]));
  after(() => theirs[Symbol.asyncDispose]());
  for (const flags of [
    ['--manage-cgroups-mode', 'other'],
    ['--empty-ns', 'other'],
    ['--page-server', 'other'],
    ['--page-server', 'a:b'],
    ['--parent-path', '/absolute'],
    ['--parent-path', '../missing'],
  ]) {
    test(`checkpoint ${flags.join(' ')}`, async () => {
      const words = ['checkpoint', '--image-path', images, ...flags];
      same(bundle.call('keelson', [...words, id]), theirs.call('runc', [...words, theirs.id]));
      assert.equal(bundle.status('keelson'), 'running');
    });
  }

  test('a container that does not run, or is not there', () => {
    const created = [bundle, theirs].map((own, index) => {
      const runtime = index === 0 ? 'keelson' : 'runc';
      own.useCgroup(`${own.id}-created`);
      own.succeed(runtime, ['create', 'created']);
      const { status, log } = own.call(runtime, ['checkpoint', 'created']);
      own.call(runtime, ['delete', '--force', 'created']);
      own.useCgroup(own.id);
      return { status, log };
    });
    same(created[0], created[1]);
    same(bundle.call('keelson', ['checkpoint', 'unknown']), theirs.call('runc', ['checkpoint', 'unknown']));
  });

  test('a restore without images', () => {
    const missing = bundle.path('missing');
    const words = ['restore', '--image-path', missing, 'new'];
    bundle.useCgroup(`${id}-new`);
    const ours = bundle.call('keelson', words);
    assert.ok(!existsSync(missing));
    theirs.useCgroup(`${theirs.id}-new`);
    same(ours, theirs.call('runc', words));
  });
});

/** Both failed, and ours with an error that runc has too. */
function same(ours: Pick<Called, 'status' | 'log'> | undefined, theirs: typeof ours): void {
  assert.equal(ours?.status, theirs?.status);
  const [, text = ''] = /level=error msg=(.*)$/m.exec(ours?.log ?? '') ?? [];
  assert.notEqual(text, '');
  assert.ok(theirs?.log.includes(text), `${text}\n${theirs?.log}`);
}

describe('a container that counts is neither stopped nor half saved', { concurrency: 1 }, () => {
  const criu = /checkpoint and restore need criu, and there is no program .*: install the package criu/;

  test('where there is no criu', async () => {
    const unmade = bundle.path('unmade');
    await refused(['checkpoint', '--image-path', unmade, id], criu, { PATH: '/nowhere' });
    assert.ok(!existsSync(unmade));
    await refused(['--criu', '/nowhere/criu', 'checkpoint', '--image-path', images, id], criu);
  });

  test('where criu cannot be started, ends, or is too old', async () => {
    const text = standIn('no-program', '').replace('no-program', 'text');
    writeFileSync(text, 'text\n', { mode: 0o755 });
    await refused(['--criu', text, 'checkpoint', '--image-path', images, id], /Exec format error|ENOEXEC/);
    const ending = standIn('ending', 'exit 3');
    await refused(
      ['--criu', ending, 'checkpoint', '--image-path', images, id],
      /criu failed: VERSION was not answered/,
    );
    const silent = standIn('silent', 'sleep 0.5');
    await refused(
      ['--criu', silent, 'checkpoint', '--image-path', images, id],
      /criu failed: VERSION was not answered/,
    );
    // Its answer to the question for the version: 3.14.
    const old = standIn('old', `eval "printf '\\010\\012\\020\\001\\122\\004\\010\\003\\020\\016' >&$2"`);
    await refused(
      ['--criu', old, 'checkpoint', '--image-path', images, id],
      /criu 3\.14\.0 is too old: 3\.15 is needed/,
    );
  });

  test('and nothing is left of a restore that criu does not carry out', async () => {
    const folder = bundle.path('empty');
    mkdirSync(folder);
    writeFileSync(`${folder}/descriptors.json`, '[]');
    const words = ['restore', '--detach', '--image-path', folder, `${id}-new`];
    bundle.useCgroup(`${id}-new`);
    await refused(['--criu', standIn('gone', 'exit 3'), ...words], /criu failed: VERSION was not answered/);
    await refused(words, /no program criu in PATH/, { PATH: '/nowhere' });
    assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(bundle.folder));
    for (const hierarchy of ['', ...readdirSync('/sys/fs/cgroup')]) {
      assert.ok(!existsSync(`/sys/fs/cgroup/${hierarchy}/${id}-new`));
    }
  });

  if (!criuWorks()) {
    test('where criu does not know this kernel', async () => {
      const lazy = ['checkpoint', '--image-path', images, '--lazy-pages', '--status-fd', '5', id];
      await refused(lazy, /criu failed: type FEATURE_CHECK errno .*/);
      await refused(
        ['checkpoint', '--image-path', images, id],
        /criu failed: type DUMP errno .* log file: .*\/dump\.log/,
      );
    });
  }
});
