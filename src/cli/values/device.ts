import { invalid } from '../../base/index.ts';
import type { DeviceConfig } from '../../spec/index.ts';

const EXPECTED = 'expected PATH[:PATH_IN_CONTAINER][:PERMISSIONS] such as /dev/fuse or /dev/sda:/dev/xvda:r';

/** `/dev/fuse`, `/dev/sda:/dev/xvda`, `/dev/sda:r`, `/dev/sda:/dev/xvda:rwm`; a folder stands for the devices in it. */
export function deviceValue(text: string): DeviceConfig {
  const parts = text.split(':');
  const source = parts[0] ?? '';
  if (parts.length > 3 || !source.startsWith('/')) throw invalid('DEVICE_INVALID', EXPECTED);
  const last = parts.length > 1 ? (parts.at(-1) ?? '') : '';
  const hasPermissions = parts.length === 3 || isPermissions(last);
  if (parts.length === 3 && !isPermissions(last)) {
    throw invalid('DEVICE_PERMISSIONS', `expected some of the letters r, w and m in place of '${last}'`);
  }
  const target = parts.length === 3 || (parts.length === 2 && !hasPermissions) ? (parts[1] ?? '') : source;
  if (!target.startsWith('/')) throw invalid('DEVICE_INVALID', EXPECTED);
  return { source, target, permissions: hasPermissions ? last : 'rwm' };
}

/** Some of the letters, each once. */
function isPermissions(text: string): boolean {
  return /^(?:([rwm])(?!.*\1)){1,3}$/.test(text);
}

/** `c 10:200 rwm`, `b 8:* r`, `a *:* rwm`: a line of devices.allow (cgroup v1 devices.rst). */
export function deviceCgroupRule(text: string): string {
  if (/^[abc] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(text)) return text;
  throw invalid('DEVICE_RULE_INVALID', "expected TYPE MAJOR:MINOR PERMISSIONS such as 'c 10:200 rwm' or 'b 8:* r'");
}
