import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleState } from '../testing/container-state.ts';
import { sampleVolume } from '../testing/fake-engine.ts';
import { TestWorld } from '../testing/run-cli.ts';

const ID = `sha256:${'a'.repeat(64)}`;

function world(): TestWorld {
  const made = new TestWorld();
  const image = { id: ID, name: 'app:1', digest: ID, created: made.now() - 3_600_000, size: 1, labels: {} };
  made.engine.usage = {
    images: [
      { image, sharedBytes: 4_000_000, uniqueBytes: 260_000, containers: 2 },
      { image: { ...image, name: '' }, sharedBytes: 4_000_000, uniqueBytes: 0, containers: 0 },
    ],
    imageBytes: 8_520_000,
    unusedImageBytes: 2_840_000,
    containers: [
      { state: sampleState(), bytes: 1000 },
      { state: sampleState({ name: 'old', status: 'exited', exitCode: 3 }), bytes: 3000 },
    ],
    volumes: [
      { volume: sampleVolume(), links: 1, bytes: 12_288 },
      { volume: sampleVolume({ name: 'idle' }), links: 0, bytes: 0 },
    ],
  };
  return made;
}

test('system df sums up, with what could go', async () => {
  const one = world();
  assert.equal(await one.run('system', 'df'), 0, one.stderr.text);
  assert.equal(
    one.stdout.text.replaceAll(/ +$/gm, ''),
    [
      'TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE',
      'Images          2         1         8.52MB    2.84MB (33%)',
      'Containers      2         1         4kB       3kB (75%)',
      'Local Volumes   2         1         12.3kB    0B (0%)',
      'Build Cache     0         0         0B        0B',
      '',
    ].join('\n'),
  );
  const two = world();
  assert.equal(await two.run('system', 'df', '--format', '{{.Type}}={{.Reclaimable}}'), 0);
  assert.match(two.stdout.text, /^Images=2\.84MB \(33%\)\nContainers=3kB \(75%\)\n/);
  const three = world();
  assert.equal(await three.run('system', 'df', '--format', 'json'), 0);
  assert.deepEqual(JSON.parse(three.stdout.text.split('\n')[1] ?? ''), {
    Active: '1',
    Reclaimable: '3kB (75%)',
    Size: '4kB',
    TotalCount: '2',
    Type: 'Containers',
  });
});

test('system df -v lists each', async () => {
  const one = world();
  assert.equal(await one.run('system', 'df', '-v'), 0, one.stderr.text);
  const { text } = one.stdout;
  assert.match(
    text,
    /^Images space usage:\n\nREPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE +CONTAINERS\n/,
  );
  assert.match(text, /\napp +1 +a{12} +About an hour ago +4\.26MB +4MB +260kB +2\n<none> /);
  assert.match(
    text,
    /\n\nContainers space usage:\n\nCONTAINER ID +IMAGE +COMMAND +LOCAL VOLUMES +SIZE +CREATED +STATUS +NAMES\n/,
  );
  assert.match(text, /\n\nLocal Volumes space usage:\n\nVOLUME NAME +LINKS +SIZE\ndata +1 +12\.3kB\nidle +0 +0B\n$/);
  const two = world();
  assert.equal(await two.run('system', 'df', '-v', '--format', 'json'), 0);
  const tables = JSON.parse(two.stdout.text);
  assert.deepEqual(
    [tables.Images[0].UniqueSize, tables.Containers[1].Size, tables.Volumes.length],
    ['260kB', '3kB', 2],
  );
});

test('system alone and with an unknown word', async () => {
  const one = world();
  assert.equal(await one.run('system'), 0);
  assert.match(one.stdout.text, /system df/);
  assert.equal(await one.run('system', 'explode'), 1);
});
