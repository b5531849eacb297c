import { invalid } from '../../../base/index.ts';
import type { Setting } from './setting.ts';

/** Files of v2 named by the specification itself; those that take a line for each device get the lines one by one. */
export function* unified(files: Readonly<Record<string, string>>): Generator<Setting> {
  for (const [file, text] of Object.entries(files)) {
    // A slash would reach into the cgroup of somebody else.
    if (!/^[a-z][^/\0]*\.[^/\0]+$/.test(file)) {
      const message = `linux.resources.unified: '${file}' is no file of a cgroup`;
      throw invalid('CGROUP_UNIFIED_FILE', message, "use one such as 'memory.high'");
    }
    const lines = text.split('\n').filter((line) => line !== '');
    const values = lines.length > 0 ? lines : ['\n'];
    yield { field: `unified.${file}`, what: `set ${file} to ${text.trim()}`, file, values };
  }
}
