import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { launch, openRuntime, setUpCgroup } from '../../../src/runtime/index.ts';
import { defaultMounts, type RuntimeSpec } from '../../../src/spec/index.ts';

let root: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), 'keelson-idmap-'));
  for (const folder of ['bin', 'data']) mkdirSync(join(root, folder));
  execFileSync('cp', ['/bin/busybox', join(root, 'bin')]);
});
after(() => rmSync(root, { recursive: true }));

/** What a script prints in a container of the runtime room alone, its root a folder. */
async function print(script: string, change: Partial<RuntimeSpec>): Promise<string> {
  const id = `idmap-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const spec: RuntimeSpec = {
    ociVersion: '1.2.0',
    process: { cwd: '/', args: ['/bin/busybox', 'sh', '-c', script], env: ['PATH=/bin'] },
    root: { path: root },
    mounts: defaultMounts(1 << 20),
    linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }] },
    ...change,
  };
  await using host = await openRuntime();
  const stdio = { stdin: 'none', stdout: 'stream', stderr: 'stream' } as const;
  const launched = await launch(host, { id, spec, root: { kind: 'folder', path: root }, stdio });
  const [out, errors] = await Promise.all([
    launched.stdout ? text(launched.stdout) : '',
    launched.stderr ? text(launched.stderr) : '',
    launched.exited,
  ]);
  launched.monitor.release();
  await setUpCgroup({ id, spec }).remove();
  assert.equal(errors, '');
  return out;
}

describe('id-mapped mounts', () => {
  test('one without a user namespace shows other owners', async () => {
    const source = mkdtempSync(join(tmpdir(), 'keelson-idmap-source-'));
    chmodSync(source, 0o755);
    writeFileSync(join(source, 'file'), '');
    chownSync(join(source, 'file'), 1000, 1001);
    const mount = {
      destination: '/data',
      source,
      options: ['bind', 'idmap'],
      uidMappings: [{ containerID: 1000, hostID: 7, size: 1 }],
      gidMappings: [{ containerID: 1001, hostID: 8, size: 1 }],
    };
    const script = 'busybox stat -c %u:%g /data/file';
    assert.equal(await print(script, { mounts: [...defaultMounts(1 << 20), mount] }), '7:8\n');
    rmSync(source, { recursive: true });
  });
});

describe('a time namespace', () => {
  test('starts its clocks where it is told', async () => {
    const namespaces = [{ type: 'mount' }, { type: 'pid' }, { type: 'time' }] as const;
    const timeOffsets = { boottime: { secs: 1_000_000_000, nanosecs: 0 } };
    const out = await print('busybox cut -d. -f1 /proc/uptime', { linux: { namespaces, timeOffsets } });
    assert.ok(Number(out) > 1_000_000_000);
  });
});
