import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Keelson } from '../cli/keelson.ts';
import { DockerRegistry } from './docker-registry.ts';
import { output } from './run-program.ts';
import { SENT, startStuck } from './stuck-front.ts';
import { makeImage, noise, writeLayout } from './test-image.ts';

const image = makeImage([Buffer.from('small'), noise(1 << 20, 'large')]);
const large = image.layers[1]?.digest ?? '';
let registry: DockerRegistry;

before(async () => {
  process.env.DOCKER_CONFIG = '/nonexistent';
  registry = await DockerRegistry.start();
});
after(() => registry[Symbol.asyncDispose]());

/** Ends a command by a signal once it is in the middle; gives how it ended. */
async function interrupt(
  keelson: Keelson,
  args: string[],
  { stuck, by }: { stuck: Promise<void>; by: NodeJS.Signals },
) {
  const child = keelson.start(args);
  child.stdin.end();
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.resume();
  await stuck;
  child.kill(by);
  await once(child, 'close');
  return { signal: child.signalCode, stderr };
}

/** What may be left: whole blobs, the part of one, whole layers; of a program that was killed, parts of all. */
function assertResumable(root: string, isKilled: boolean): number {
  const parts = readdirSync(join(root, 'partial'));
  if (isKilled) assert.ok(parts.includes(large.replace(':', '-')));
  else {
    assert.deepEqual(readdirSync(join(root, 'tmp')), []);
    assert.deepEqual(parts, [large.replace(':', '-')]);
  }
  const { size } = statSync(join(root, 'partial', large.replace(':', '-')));
  assert.ok(size > 0 && size <= SENT, `${size}`);
  const drafts = readdirSync(join(root, 'snapshots'), { recursive: true }).filter((name) =>
    `${name}`.includes('draft-'),
  );
  // The next pull sweeps those of the dead away.
  if (!isKilled) assert.deepEqual(drafts, []);
  const index = join(root, 'index.json');
  if (existsSync(index)) assert.deepEqual(JSON.parse(readFileSync(index, 'utf8')).manifests, []);
  return size;
}

describe('a command that is interrupted', () => {
  before(async () => {
    const name = `${registry.host}/stuck:1`;
    using keelson = new Keelson();
    writeLayout(keelson.root, { [name]: image });
    assert.match(await keelson.output('push', name), /^1: digest: sha256:[0-9a-f]{64} size: \d+$/m);
  });

  for (const by of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    test(`pull, by ${by}: leaves what the next one goes on from`, async () => {
      using keelson = new Keelson();
      const { front, stuck } = await startStuck(registry.host, image);
      await using _front = front;
      const reference = `${front.host}/stuck:1`;
      const ended = await interrupt(keelson, ['pull', reference], { stuck, by });
      assert.equal(ended.signal, by);
      if (by !== 'SIGKILL') assert.match(ended.stderr, /^keelson: interrupted; [^\n]+\n$/);
      const size = assertResumable(keelson.root, by === 'SIGKILL');
      front.seen.length = 0;
      assert.match(await keelson.output('pull', reference), /Status: Downloaded newer image for/);
      const ranges = front.seen.filter(({ url }) => url.endsWith(large)).map(({ headers }) => headers.range);
      assert.deepEqual(ranges, [`bytes=${size}-`]);
      assert.deepEqual(readdirSync(join(keelson.root, 'partial')), []);
      const left = readdirSync(join(keelson.root, 'snapshots'), { recursive: true }).map(String);
      assert.deepEqual(
        left.filter((path) => path.includes('draft-')),
        [],
      );
    });
  }

  test('push: the next one sends what is missing, and the name appears only then', async () => {
    using keelson = new Keelson();
    const { front, stuck } = await startStuck(registry.host, image);
    await using _front = front;
    const name = `${front.host}/pushed:1`;
    writeLayout(keelson.root, { [name]: image });
    const ended = await interrupt(keelson, ['push', '-q', name], { stuck, by: 'SIGINT' });
    assert.equal(ended.signal, 'SIGINT');
    assert.equal(
      front.lines.some((line) => line.startsWith('PUT /v2/pushed/manifests/')),
      false,
    );
    assert.equal(await keelson.output('push', '-q', name), `${name}\n`);
    const raw = await output('skopeo', 'inspect', '--tls-verify=false', '--raw', `docker://${name}`);
    assert.equal(raw, image.blobs.get(image.manifest.digest)?.toString());
  });
});
