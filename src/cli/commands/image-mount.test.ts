import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestWorld } from '../testing/run-cli.ts';

const [first, second] = ['a', 'b'].map((digit) => digit.repeat(64));
const MOUNTS = [
  { id: `sha256:${first}`, names: ['app:1.2.3', 'app:1'], digests: ['sha256:d'], path: `/mounts/${first}`, count: 1 },
  { id: `sha256:${second}`, names: [], digests: ['sha256:e'], path: `/mounts/${second}`, count: 2 },
];

function world(): TestWorld {
  const made = new TestWorld();
  made.engine.knownMounts = MOUNTS;
  return made;
}

async function printed(...args: string[]): Promise<string> {
  const made = world();
  assert.equal(await made.run('image', ...args), 0, made.stderr.text);
  return made.stdout.text;
}

const LINES = `app:1.2.3     /mounts/${first}\napp:1         /mounts/${first}\nbbbbbbbbbbbb  /mounts/${second}\n`;

test('image mount prints as Podman does: a path, or a line for each name', async () => {
  assert.equal(await printed('mount', 'app:1'), `/mounts/${first}\n`);
  assert.equal(await printed('mount', 'app:1', `sha256:${second}`), LINES);
  assert.equal(await printed('mount'), LINES);
  // As podman 4.3 prints it.
  assert.equal(
    await printed('mount', '--format', 'json', 'app:1'),
    `[\n {\n  "id": "${first}",\n  "Names": [\n   "sha256:d"\n  ],\n  "Repositories": [\n   "app:1.2.3",\n   "app:1"\n  ],\n` +
      `  "mountpoint": "/mounts/${first}"\n }\n]\n`,
  );
});

test('image mount --all takes each image once', async () => {
  const made = world();
  const summary = { name: '', digest: '', created: 0, size: 0, labels: {} };
  made.engine.summaries = [first, first, second].map((hex) => ({ ...summary, id: `sha256:${hex}` }));
  assert.equal(await made.run('image', 'mount', '-a'), 0);
  assert.equal(made.stdout.text, LINES);
  assert.deepEqual(made.engine.calls, [
    ['mount', `sha256:${first}`],
    ['mount', `sha256:${second}`],
  ]);
});

test('image unmount prints ids, and does not stop at one that cannot be', async () => {
  assert.equal(await printed('unmount', 'app:1'), `${first}\n`);
  assert.equal(await printed('umount', '-af'), `${first}\n${second}\n`);
  const made = world();
  assert.equal(await made.run('image', 'unmount', 'nope', 'app:1'), 1);
  assert.equal(made.stdout.text, `${first}\n`);
  assert.equal(made.stderr.text, "keelson: there is no image 'nope' here\n");
  assert.deepEqual(made.engine.calls.at(-1), ['unmount', 'app:1', { force: false }]);
});

test('what cannot be is said in a line', async () => {
  for (const [args, message] of [
    [['mount', '--all', 'app:1'], /^keelson: --all and the name of an image\n/],
    [['mount', '--format', 'yaml'], /^keelson: --format yaml: there is no such form\n/],
    [['unmount'], /^keelson: 'image unmount' needs an image\n/],
    [['unmount', '-a', 'app:1'], /^keelson: --all and the name of an image\n/],
    [['bogus'], /^keelson: unknown command: image bogus\n/],
  ] as const) {
    const made = world();
    assert.notEqual(await made.run('image', ...args), 0);
    assert.match(made.stderr.text, message);
  }
});
