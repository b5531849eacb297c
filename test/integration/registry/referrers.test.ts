import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { ImageStore } from '../../../src/image/index.ts';
import { DockerRegistry } from './docker-registry.ts';
import { type Meddle, startFront } from './front.ts';
import { digestOf, makeImage, type TestImage, writeLayout } from './test-image.ts';

let registry: DockerRegistry;
let folder = '';
let clients = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-referrers-'));
  registry = await DockerRegistry.start();
});
after(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A client of its own, with this image. */
function client(name: string, image: TestImage): ImageStore {
  clients += 1;
  const root = join(folder, String(clients));
  writeLayout(root, { [name]: image });
  const registries = { retryDelay: 1, configFile: '/nonexistent', settingsFile: false as const };
  return new ImageStore({ root, registries });
}

function signatureOf(image: TestImage, word: string): TestImage {
  const made = makeImage([Buffer.from(word)]);
  const { mediaType, digest, size } = image.manifest;
  const bytes = made.blobs.get(made.manifest.digest)?.toString() ?? '';
  const content = Buffer.from(JSON.stringify({ ...JSON.parse(bytes), subject: { mediaType, digest, size } }));
  const manifest = { ...made.manifest, digest: digestOf(content), size: content.length };
  return { ...made, manifest, blobs: new Map([...made.blobs, [manifest.digest, content]]) };
}

/** Several clients attach something to one image at the same time; what is told of it afterwards is all of it. */
async function attachAtOnce(host: string, repository: string, count: number): Promise<void> {
  const image = makeImage([Buffer.from(repository)]);
  const name = `${host}/${repository}:1`;
  const own = client(name, image);
  await own.push({ reference: name });
  const signatures = Array.from({ length: count }, (_, i) => signatureOf(image, `${repository} ${i}`));
  await Promise.all(
    signatures.map((signature, i) => {
      const reference = `${host}/${repository}:signature-${i}`;
      return client(reference, signature).push({ reference });
    }),
  );
  const found = await own.referrers(name);
  assert.deepEqual(found.map(({ digest }) => digest).sort(), signatures.map(({ manifest }) => manifest.digest).sort());
}

const isIndex = ({ url = '' }: IncomingMessage) => /\/manifests\/sha256-/.test(url);

/** Keeps the first so many requests that `isMeant` tells until all of them are there. */
function meeting(count: number, isMeant: (request: IncomingMessage) => boolean) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let come = 0;
  return async (request: IncomingMessage): Promise<void> => {
    if (!isMeant(request) || come >= count) return;
    come += 1;
    if (come === count) resolve();
    await promise;
  };
}

/** A registry's index of referrers that heeds what a change is made to depend on. */
function heedingIndex(arrive: (request: IncomingMessage) => Promise<void>, refused: string[]): Meddle {
  let kept: Buffer | undefined;
  const tagOf = (content: Buffer) => `"${digestOf(content)}"`;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    // What a reader gets is how it was when he asked.
    const content = kept;
    await arrive(request);
    if (request.method !== 'PUT') {
      if (!content) return response.writeHead(404).end();
      const headers = { 'content-type': 'application/vnd.oci.image.index.v1+json', etag: tagOf(content) };
      return response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : content);
    }
    const { 'if-match': match, 'if-none-match': none } = request.headers;
    if (kept ? match !== tagOf(kept) : none !== '*') {
      refused.push(match ?? none ?? 'without a condition');
      return response.writeHead(412).end();
    }
    kept = body;
    return response.writeHead(201).end();
  };
  return (request, response) => {
    if (!isIndex(request)) return false;
    void answer(request, response);
    return true;
  };
}

describe('what several clients attach to one image at once is all told', () => {
  test('by a registry that heeds what a change depends on', async () => {
    const refused: string[] = [];
    const readers = meeting(2, ({ method }) => method === 'GET');
    await using front = await startFront(registry.host, heedingIndex(readers, refused));
    await attachAtOnce(front.host, 'heeding/app', 2);
    assert.deepEqual(refused, ['*']);
  });

  test('by one that does not', async () => {
    // Both have read before one of them writes.
    const arrive = meeting(2, (request) => isIndex(request) && request.method === 'GET');
    await using front = await startFront(registry.host, (request, response) => {
      if (!isIndex(request) || request.method !== 'GET') return false;
      const { accept = '' } = request.headers;
      void (async () => {
        const answer = await fetch(`http://${registry.host}${request.url}`, { headers: { accept } });
        const content = Buffer.from(await answer.arrayBuffer());
        await arrive(request);
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(content);
      })();
      return true;
    });
    await attachAtOnce(front.host, 'heedless/app', 2);
    assert.equal(front.lines.filter((line) => /^PUT .*\/manifests\/sha256-/.test(line)).length, 3);
  });

  test('by a real one, of many clients', async () => {
    for (let round = 0; round < 3; round++) await attachAtOnce(registry.host, `many/app${round}`, 6);
  });
});
