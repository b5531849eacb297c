import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { CopySnapshotter } from '../../../src/image/snapshot/copy-snapshotter.ts';
import { testSnapshotter } from './snapshotter-contract.ts';
import { isRoot, TemporaryFolder } from './temporary-store.ts';

testSnapshotter('copy', (folder, context) => new CopySnapshotter({ folder, ...context }));

test('a data root on an overlay has its containers as copies', { skip: !isRoot && 'needs root to mount' }, () => {
  using folder = new TemporaryFolder();
  const door = new URL('../../../src/image/index.ts', import.meta.url).pathname;
  const program = `
    import { ImageStore } from ${JSON.stringify(door)};
    const { snapshotter } = new ImageStore({ root: 'merged/root' });
    const refused = await snapshotter.prepare('c1', { folder: '/' }).catch(({ kind, code }) => ({ kind, code }));
    const other = new ImageStore({ root: 'merged/root', scratch: '/dev/shm' }).snapshotter.name;
    console.log(JSON.stringify([snapshotter.name, refused, other]));`;
  const script = `mkdir lower upper work merged; mount -t overlay none -o lowerdir=lower,upperdir=upper,workdir=work merged
    exec "$0" --input-type=module -e "$1"`;
  const options = { cwd: folder.path };
  const output = execFileSync('unshare', ['-m', 'sh', '-euc', script, process.execPath, program], options).toString();
  assert.deepEqual(JSON.parse(output), ['copy', { kind: 'unsupported', code: 'OVERLAY_UNSUPPORTED' }, 'overlay']);
});
