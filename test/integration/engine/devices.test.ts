import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { configOf, shell, temporaryEngine } from './container-under-test.ts';

let engine: Awaited<ReturnType<typeof temporaryEngine>>;
before(async () => {
  engine = await temporaryEngine();
});
after(() => engine[Symbol.asyncDispose]());

const FUSE = { source: '/dev/fuse', target: '/dev/some/fuse', permissions: 'rwm' };

describe('devices', () => {
  test('a device of the host, where it is asked for, in a folder that is made', async () => {
    const out = await shell(engine, 'stat -c "%F %t:%T" /dev/some/fuse; exec 3<>/dev/some/fuse', {
      devices: [FUSE],
    });
    assert.equal(out, 'character special file a:e5\n');
  });

  test('only what the permissions allow', async () => {
    const out = await shell(engine, '(exec 3>/dev/some/fuse) 2>/dev/null || echo refused; exec 3</dev/some/fuse', {
      devices: [{ ...FUSE, permissions: 'r' }],
    });
    assert.equal(out, 'refused\n');
  });

  test('a link is followed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keelson-device-'));
    try {
      symlinkSync('/dev/fuse', join(folder, 'link'));
      const devices = [{ source: join(folder, 'link'), target: '/dev/x', permissions: 'r' }];
      assert.equal(await shell(engine, 'stat -c "%t:%T" /dev/x', { devices }), 'a:e5\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('one that is missing or is none is named', async () => {
    const ask = (source: string) => shell(engine, 'true', { devices: [{ ...FUSE, source }] });
    await assert.rejects(ask('/dev/not-there'), { code: 'DEVICE_MISSING' });
    await assert.rejects(ask('/etc/passwd'), { code: 'DEVICE_NONE' });
  });

  test('a rule for a device that the container makes itself', async () => {
    const script = 'mknod /dev/k c 10 229; (exec 3</dev/k) 2>/dev/null && echo opened || echo refused';
    assert.equal(await shell(engine, script), 'refused\n');
    assert.equal(await shell(engine, script, { resources: { deviceCgroupRules: ['c 10:229 r'] } }), 'opened\n');
  });

  test('all devices of the host in a privileged container', async () => {
    const privileges = { ...configOf([]).privileges, privileged: true };
    const out = await shell(engine, 'stat -c "%t:%T" /dev/kmsg; test -w /dev/ptmx && echo terminals', { privileges });
    assert.equal(out, '1:b\nterminals\n');
  });
});
