import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findThermalThrottle } from './find-thermal-throttle.ts';

test('finds the processors that count, in order, and nothing where there are none', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-cpus-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['cpu10/thermal_throttle', 'cpu2/thermal_throttle', 'cpu0/topology', 'cpufreq/thermal_throttle'])
    mkdirSync(join(folder, name), { recursive: true });
  assert.deepEqual(findThermalThrottle(folder), [
    '/sys/devices/system/cpu/cpu2/thermal_throttle',
    '/sys/devices/system/cpu/cpu10/thermal_throttle',
  ]);
  assert.deepEqual(findThermalThrottle(join(folder, 'missing')), []);
});
