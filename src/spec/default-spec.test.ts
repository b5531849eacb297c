import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DEFAULT_DEVICE_LINKS,
  DEFAULT_DEVICES,
  DEFAULT_MASKED_PATHS,
  DEFAULT_PATH,
  DEFAULT_READONLY_PATHS,
  DEFAULT_SHM_SIZE,
  defaultMounts,
  thermalThrottlePaths,
} from './default-spec.ts';
import { parseMountOptions } from './mount-options.ts';
import { parseRuntimeSpec } from './runtime/validate/parse-runtime-spec.ts';

describe('the default container', () => {
  test('is a valid specification without a warning', () => {
    const { warnings } = parseRuntimeSpec({
      ociVersion: '1.3.0',
      root: { path: 'rootfs' },
      process: { cwd: '/', args: ['sh'], env: [`PATH=${DEFAULT_PATH}`] },
      mounts: defaultMounts(),
      linux: {
        namespaces: [{ type: 'mount' }, { type: 'pid' }],
        devices: DEFAULT_DEVICES,
        maskedPaths: [...DEFAULT_MASKED_PATHS, ...thermalThrottlePaths([0, 1])],
        readonlyPaths: DEFAULT_READONLY_PATHS,
      },
    });
    assert.deepEqual(warnings, []);
  });

  test('a mount never comes before the one that it stands in', () => {
    const destinations = defaultMounts().map(({ destination }) => destination);
    for (const [i, destination] of destinations.entries()) {
      for (const later of destinations.slice(i + 1))
        assert.ok(!destination.startsWith(`${later}/`), `${destination}, ${later}`);
    }
  });

  test('no mount allows set-user-id programs, and only /dev and its terminals have devices', () => {
    for (const { destination, options } of defaultMounts()) {
      const { attrSet, conflicts } = parseMountOptions(options ?? []);
      assert.deepEqual(conflicts, []);
      assert.ok(attrSet & 2, `nosuid on ${destination}`);
      assert.equal((attrSet & 4) === 0, ['/dev', '/dev/pts'].includes(destination), `nodev on ${destination}`);
    }
  });

  test('/dev/shm has the size asked for', () => {
    const shm = (size?: number) => defaultMounts(size).find(({ destination }) => destination === '/dev/shm')?.options;
    assert.ok(shm()?.includes(`size=${DEFAULT_SHM_SIZE}`));
    assert.ok(shm(4096)?.includes('size=4096'));
  });

  test('devices have the numbers that this kernel has', async () => {
    const { statSync } = await import('node:fs');
    for (const { path, major, minor } of DEFAULT_DEVICES) {
      const { rdev } = statSync(path);
      assert.deepEqual([major, minor], [(rdev >> 8) & 0xfff, rdev & 0xff], path);
    }
  });

  test('links stay inside /dev and lead to /proc/self or to the container’s own terminals', () => {
    assert.equal(DEFAULT_DEVICE_LINKS.length, 6);
    for (const { path, target } of DEFAULT_DEVICE_LINKS) {
      assert.match(path, /^\/dev\/[a-z]+$/);
      assert.match(target, /^(\/proc\/self\/fd(\/[012])?|\/proc\/kcore|pts\/ptmx)$/);
    }
  });
});
