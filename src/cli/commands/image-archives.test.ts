import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { ImageDetails } from '../../spec/index.ts';
import { TestWorld } from '../testing/run-cli.ts';

const ID = `sha256:${'a'.repeat(64)}`;
const DETAILS: ImageDetails = {
  id: ID,
  names: ['app:1'],
  digests: [`app@sha256:${'d'.repeat(64)}`],
  layerSizes: [4_260_000],
  folders: ['/layers/top'],
  config: {
    os: 'linux',
    architecture: 'amd64',
    created: '2026-01-01T00:00:00Z',
    config: { Cmd: ['sh'], Env: ['A=b'], ExposedPorts: { '80/tcp': {} }, Shell: ['/bin/ash', '-c'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${'1'.repeat(64)}`] },
    history: [
      { created: '2025-01-01T00:00:00Z', created_by: `ADD ${'x'.repeat(80)}`, comment: 'from above' },
      { created: '2026-01-01T00:00:00Z', created_by: 'CMD ["sh"]', empty_layer: true },
    ],
  },
};

const folder = mkdtempSync(join(tmpdir(), 'keelson-cli-'));
after(() => rmSync(folder, { recursive: true }));

function world(): TestWorld {
  const made = new TestWorld();
  made.engine.details = [DETAILS];
  made.folder = folder;
  return made;
}

async function* bytes(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

describe('archives of images', () => {
  test('save writes a file, or the standard output, but no terminal', async () => {
    const one = world();
    assert.equal(await one.run('save', '-o', 'x.tar', 'app:1'), 0, one.stderr.text);
    assert.equal(readFileSync(join(folder, 'x.tar'), 'utf8'), 'archive');
    assert.equal(await one.run('save', 'app:1'), 0);
    assert.equal(one.stdout.text, 'archive');
    one.stdout.isTTY = true;
    assert.equal(await one.run('save', 'app:1'), 1);
    assert.match(one.stderr.text, /terminal/);
    assert.equal(await world().run('save', 'nothing'), 1);
    assert.equal(await world().run('image', 'save', '-o', 'no/such/folder', 'app:1'), 1);
    assert.deepEqual(readdirSync(folder), ['x.tar']);
  });

  test('load takes a file, a folder or the standard input', async () => {
    writeFileSync(join(folder, 'in.tar'), 'content');
    const one = world();
    assert.equal(await one.run('load', '-i', 'in.tar'), 0, one.stderr.text);
    assert.equal(one.stdout.text, `Loaded image: alpine:latest\nLoaded image ID: ${ID}\n`);
    assert.equal(await one.run('load', '--input', '.'), 0);
    one.stdin = { chunks: () => bytes('piped') };
    assert.equal(await one.run('image', 'load'), 0);
    assert.deepEqual(one.engine.calls, [
      ['load', 'content'],
      ['load', { folder }],
      ['load', 'piped'],
    ]);
    const two = world();
    assert.equal(await two.run('load', '-i', 'missing.tar'), 1);
    assert.match(two.stderr.text, /missing\.tar: there is no such file/);
    two.stdin = { isTTY: true };
    assert.equal(await two.run('load'), 1);
  });

  test('import passes on what is to be changed', async () => {
    const one = world();
    one.stdin = { chunks: () => bytes('tree') };
    assert.equal(await one.run('import', '-c', 'CMD ["a"]', '-m', 'why', '-', 'mine:1'), 0, one.stderr.text);
    assert.equal(one.stdout.text, `${ID}\n`);
    assert.deepEqual(one.engine.calls, [
      ['import', 'tree', { changes: ['CMD ["a"]'], message: 'why', name: 'mine:1' }],
    ]);
    assert.equal(await world().run('import', 'https://example.org/x.tar'), 1);
  });

  test('history has the newest step first, and sizes of steps that made a layer', async () => {
    const one = world();
    assert.equal(await one.run('history', '--format', '{{.ID}} {{.Size}} {{.CreatedBy}} {{.Comment}}', 'app:1'), 0);
    assert.equal(
      one.stdout.text,
      `${'a'.repeat(12)} 0B CMD ["sh"] \n<missing> 4.26MB ADD ${'x'.repeat(40)}… from above\n`,
    );
    const two = world();
    assert.equal(await two.run('history', '-q', '--no-trunc', '--human=false', 'app:1'), 0);
    assert.equal(two.stdout.text, `${ID}\n<missing>\n`);
    const three = world();
    await three.run('image', 'history', 'app:1');
    assert.match(three.stdout.text, /^IMAGE +CREATED +CREATED BY +SIZE +COMMENT\n/);
  });

  test('inspect tells of images in the shape of Docker, where no container has the name', async () => {
    for (const args of [['image', 'inspect'], ['inspect'], ['inspect', '--type', 'image']]) {
      const one = world();
      assert.equal(await one.run(...args, 'app:1'), 0, one.stderr.text);
      const [image] = JSON.parse(one.stdout.text);
      assert.deepEqual([image.Id, image.RepoTags, image.Size], [ID, ['app:1'], 4_260_000]);
      assert.deepEqual(image.Config.ExposedPorts, { '80/tcp': {} });
      assert.deepEqual(
        [image.Config.Cmd, image.Config.Shell, image.Config.Volumes],
        [['sh'], ['/bin/ash', '-c'], null],
      );
    }
    const one = world();
    assert.equal(await one.run('inspect', '--type', 'container', 'app:1'), 1);
    assert.equal(await one.run('image', 'inspect', '-f', '{{index .RepoDigests 0}}', 'nothing', 'app:1'), 1);
    assert.equal(one.stdout.text, `[]\n${DETAILS.digests[0]}\n`);
  });

  test('prune asks for --force, and says what is gone', async () => {
    assert.equal(await world().run('image', 'prune'), 1);
    const one = world();
    assert.equal(await one.run('image', 'prune', '-af'), 0);
    assert.equal(
      one.stdout.text,
      `Deleted Images:\nuntagged: old:1\ndeleted: ${ID}\n\nTotal reclaimed space: 1.23MB\n`,
    );
    assert.deepEqual(one.engine.calls, [['prune', true]]);
  });
});
