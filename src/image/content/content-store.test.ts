import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { RecordingKernel } from '../../kernel/index.ts';
import { OCI_CONFIG, OCI_MANIFEST, parseImageIndex, parseImageLayout } from '../../spec/index.ts';
import { chainIds } from './chain-ids.ts';
import { ContentStore, REFERENCE_NAME } from './content-store.ts';

class TestStore extends ContentStore implements Disposable {
  constructor() {
    super(join(mkdtempSync(join(tmpdir(), 'keelson-content-')), 'root'));
  }
  blob(digest: string): string {
    return join(this.root, 'blobs', digest.replace(':', '/'));
  }
  async whole(descriptor: Parameters<ContentStore['read']>[0]): Promise<string> {
    return await text(this.read(descriptor));
  }
  [Symbol.dispose](): void {
    rmSync(join(this.root, '..'), { recursive: true });
  }
}

test('what is added is found by its digest, as sha256sum computes it', async () => {
  using store = new TestStore();
  const descriptor = await store.add(Buffer.from('hello\n'), OCI_CONFIG);
  assert.deepEqual(descriptor, {
    mediaType: OCI_CONFIG,
    digest: 'sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
    size: 6,
  });
  assert.equal(await store.whole(descriptor), 'hello\n');
  assert.deepEqual(await store.add(Buffer.from('hello\n'), OCI_CONFIG), descriptor);
  assert.ok(store.has(descriptor));
  assert.deepEqual(readdirSync(join(store.root, 'tmp')), []);
  assert.deepEqual(parseImageLayout(JSON.parse(readFileSync(join(store.root, 'oci-layout'), 'utf8'))), {
    imageLayoutVersion: '1.0.0',
  });
});

test('an empty store has an empty index', () => {
  using store = new TestStore();
  assert.deepEqual(store.index().manifests, []);
});

test('content that is not what its digest says is refused', async () => {
  using store = new TestStore();
  const descriptor = await store.add(Buffer.from('{"a":1}'), OCI_CONFIG);
  assert.deepEqual(store.document(descriptor), { a: 1 });
  const damaged = { code: 'CONTENT_DAMAGED' };
  await assert.rejects(store.whole({ ...descriptor, size: 5 }), damaged);
  writeFileSync(store.blob(descriptor.digest), '{"a":2}');
  await assert.rejects(store.whole(descriptor), damaged);
  truncateSync(store.blob(descriptor.digest), 3);
  assert.equal(store.has(descriptor), false);
  assert.throws(() => store.document(descriptor), damaged);
  // What was cut short by a crash of the disk comes right when it is added again.
  assert.equal(await store.whole(await store.add(Buffer.from('{"a":1}'), OCI_CONFIG)), '{"a":1}');
  const missing = { ...descriptor, digest: `sha256:${'0'.repeat(64)}` };
  assert.throws(() => store.document(missing), damaged);
  await assert.rejects(store.whole(missing), { code: 'ENOENT' });
  assert.throws(() => store.document({ ...descriptor, size: 1 << 30 }), damaged);
});

test('a digest cannot choose a path', () => {
  using store = new TestStore();
  for (const digest of ['sha256:../../../etc/passwd', 'sha256:', '../x', `sha256:${'A'.repeat(64)}`]) {
    assert.throws(() => store.has({ mediaType: OCI_CONFIG, digest, size: 1 }), { code: 'DIGEST_INVALID' });
  }
});

test('a name leads to the manifest that got it last', async () => {
  using store = new TestStore();
  const kernel = new RecordingKernel();
  const [a, b] = [await store.add(Buffer.from('{}'), OCI_MANIFEST), await store.add(Buffer.from('[]'), OCI_MANIFEST)];
  await store.tag(kernel, 'one', a);
  await store.tag(kernel, 'two', a);
  await store.tag(kernel, 'one', b);
  const index = parseImageIndex(JSON.parse(readFileSync(join(store.root, 'index.json'), 'utf8')));
  assert.deepEqual(
    index.manifests.map(({ digest, annotations }) => [annotations?.[REFERENCE_NAME], digest]),
    [
      ['two', a.digest],
      ['one', b.digest],
    ],
  );
  assert.deepEqual(
    kernel.calls.slice(0, 3).map(({ name }) => name),
    ['openat', 'flock', 'close'],
  );
});

test('what a killed writer left goes, what is being written stays', async () => {
  using store = new TestStore();
  const manifest = await store.add(Buffer.from('{}'), OCI_MANIFEST);
  const temporary = join(store.root, 'tmp');
  const start = readFileSync(`/proc/${process.pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19];
  const ours = `${process.pid}-${start}-999`;
  for (const name of [ours, `${process.pid}-1-1`, '4194305-77-1', 'stray']) writeFileSync(join(temporary, name), '');
  await store.tag(new RecordingKernel(), 'a', manifest);
  assert.deepEqual(readdirSync(temporary), [ours]);
});

test('a file in the way is told in one line', async () => {
  using store = new TestStore();
  writeFileSync(store.root, '');
  await assert.rejects(store.add(Buffer.from('x'), OCI_CONFIG), { code: 'ENOTDIR' });
});

test('chain ids are those of the specification', async () => {
  const [a, b] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
  assert.deepEqual(await chainIds([]), []);
  assert.deepEqual(await chainIds([a]), [a]);
  // printf 'sha256:aaa… sha256:bbb…' | sha256sum
  assert.deepEqual(await chainIds([a, b]), [
    a,
    'sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c',
  ]);
});
