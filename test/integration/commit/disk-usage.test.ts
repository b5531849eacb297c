import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, runToEnd, temporaryEngine } from '../engine/container-under-test.ts';

const isRoot = process.getuid?.() === 0;
const MEGABYTE = 1_000_000;

test('what images share counts once, and what containers and volumes hold is told', {
  skip: !isRoot && 'needs root',
}, async () => {
  await using engine = await temporaryEngine();
  const mounts = [{ type: 'volume' as const, source: 'kept', target: '/kept', readOnly: false }];
  const script = `head -c ${3 * MEGABYTE} /dev/urandom >/big; head -c ${2 * MEGABYTE} /dev/urandom >/kept/x`;
  await runToEnd(engine, configOf(['sh', '-c', script], { name: 'writer', autoRemove: false, mounts }));
  await engine.commit('writer', { name: 'big:1' });
  await engine.images.tag('big:1', 'same:1');
  const near = (bytes: number, megabytes: number) =>
    assert.ok(Math.abs(bytes - megabytes * MEGABYTE) < 100_000, `${bytes} is not about ${megabytes} MB`);
  const usage = await engine.diskUsage();
  const [big, busybox] = usage.images;
  assert.deepEqual([usage.images.length, big?.containers, busybox?.containers], [2, 0, 1]);
  // As it is stored and as it is unpacked.
  near(big?.uniqueBytes ?? 0, 6);
  assert.equal(big?.sharedBytes, busybox?.sharedBytes);
  assert.equal(usage.imageBytes, (big?.uniqueBytes ?? 0) + (busybox?.uniqueBytes ?? 0) + (big?.sharedBytes ?? 0));
  assert.equal(usage.unusedImageBytes, big?.uniqueBytes);
  near(usage.containers[0]?.bytes ?? 0, 3);
  assert.deepEqual(
    usage.volumes.map(({ volume, links }) => [volume.name, links]),
    [['kept', 1]],
  );
  near(usage.volumes[0]?.bytes ?? 0, 2);
  // What could go does go.
  const { bytes } = await engine.images.prune({ all: true });
  assert.equal(bytes, usage.unusedImageBytes);
});
