import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { TAR_END, tarHead, writeTar } from '../../../src/image/tar/tar-writer.ts';
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from '../../../src/spec/index.ts';
import { TestServer } from './front.ts';
import { digestOf, noise } from './test-image.ts';

const program = fileURLToPath(new URL('../../../bin/keelson', import.meta.url));
/** What the program and the agents that unpack may have in memory together. */
const MOST = 150e6;
const PIECE = 10 << 20;
const PIECES = 60;

/**
 * A layer of 630 MB, 130 MB compressed, made fast: gzip may be several archives one behind the other, and tar the same file
 * again and again, of which the last counts.
 */
function largeLayer(): { blob: Buffer; diffId: string } {
  const content = Buffer.concat([randomBytes(2 << 20), Buffer.alloc(PIECE - (2 << 20), noise(20_000, 'piece'))]);
  const piece = Buffer.concat([tarHead({ type: 'file', name: 'large' }, content.length), content]);
  const small = Array.from({ length: 3000 }, (_, i) => {
    return { type: 'file' as const, name: `small/${i}`, content: Buffer.from(String(i)) };
  });
  const rest = writeTar(small);
  assert.ok(rest.subarray(-TAR_END.length).equals(TAR_END));
  const hash = createHash('sha256');
  for (let i = 0; i < PIECES; i++) hash.update(piece);
  const packed = gzipSync(piece, { level: 1 });
  const blob = Buffer.concat([...Array.from({ length: PIECES }, () => packed), gzipSync(rest)]);
  return { blob, diffId: `sha256:${hash.update(rest).digest('hex')}` };
}

/** Bytes of a process and its children now. */
function memoryOf(pid: number | string): number {
  try {
    const own = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean),
    );
    // Between fork and execve it has the same memory as its parent, not as much again.
    const others = children.filter((child) => commandOf(child) !== commandOf(pid));
    return others.reduce((sum, child) => sum + memoryOf(child), own);
  } catch {
    return 0; // it has just gone
  }
}

function commandOf(pid: number | string): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
}

test('a pull takes less than 150 MB of memory, however large a layer is', async () => {
  const root = mkdtempSync(join(tmpdir(), 'keelson-memory-'));
  const { blob, diffId } = largeLayer();
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const rootfs = { type: 'layers', diff_ids: [diffId] };
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture, config: {}, rootfs }));
  const part = (bytes: Buffer, mediaType: string) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const parts = { config: part(config, OCI_CONFIG), layers: [part(blob, OCI_LAYER_GZIP)] };
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...parts }));
  await using server = await TestServer.start((request, response) => {
    const name = request.url?.split('/').at(-1);
    if (request.url?.includes('/manifests/')) response.setHeader('content-type', OCI_MANIFEST).end(manifest);
    else response.end(name === parts.config.digest ? config : blob);
  });
  try {
    const env = { ...process.env, KEELSON_ROOT: root };
    const child = spawn(program, ['pull', '-q', `${server.host}/large`], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let peak = 0;
    while (child.exitCode === null) {
      peak = Math.max(peak, memoryOf(child.pid ?? 0));
      await sleep(10);
    }
    assert.equal(await ended, 0);
    const [layer = ''] = readdirSync(join(root, 'snapshots/layers'));
    assert.equal(statSync(join(root, 'snapshots/layers', layer, 'large')).size, PIECE);
    assert.equal(readdirSync(join(root, 'snapshots/layers', layer, 'small')).length, 3000);
    assert.ok(peak > 30e6, `${peak} bytes were seen, which is less than Node alone has`);
    assert.ok(peak < MOST, `${(peak / 1e6).toFixed(0)} MB`);
  } finally {
    rmSync(root, { recursive: true });
  }
});
