import { existsSync, readdirSync } from 'node:fs';
import { thermalThrottlePaths } from '../spec/index.ts';

/**
 * The folders of this host's processors that count how often they were too hot; Docker hides them since 25.0.4. Virtual
 * machines have none.
 * @param folder where the kernel lists processors
 */
export function findThermalThrottle(folder = '/sys/devices/system/cpu'): string[] {
  if (!existsSync(folder)) return [];
  const cpus = readdirSync(folder).flatMap((name) => /^cpu(\d+)$/.exec(name)?.[1] ?? []);
  const found = cpus.filter((cpu) => existsSync(`${folder}/cpu${cpu}/thermal_throttle`)).map(Number);
  return thermalThrottlePaths(found.sort((a, b) => a - b));
}
