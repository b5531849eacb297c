import type { Problem } from '../../schema/problem.ts';
import { shown } from '../../schema/scalars.ts';
import type { RuntimeSpec } from '../runtime-spec.ts';

/** MAJOR and MINOR of Linux: 12 and 20 bits (include/linux/kdev_t.h). mknod(2) drops the bits above silently. */
const MAJOR_MAX = 2 ** 12 - 1;
const MINOR_MAX = 2 ** 20 - 1;

/** S_IFMT and permissions: what st_mode can hold. */
const MODE_MAX = 0o177777;

/** What mknod(2) needs and takes. */
export function* devices({ linux = {} }: RuntimeSpec): Generator<Problem> {
  for (const [i, { type, path, major, minor, fileMode = 0 }] of (linux.devices ?? []).entries()) {
    const place = `linux.devices[${i}]`;
    if (!path.startsWith('/')) yield { path: `${place}.path`, message: `must be an absolute path, not ${shown(path)}` };
    if (fileMode > MODE_MAX) {
      const hint = 'JSON knows no octal numbers: 0o666 is written 438';
      yield { path: `${place}.fileMode`, message: `${fileMode} is no file mode`, hint };
    }
    if (type === 'p') continue; // a FIFO has no numbers
    for (const [field, value, max] of [
      ['major', major, MAJOR_MAX],
      ['minor', minor, MINOR_MAX],
    ] as const) {
      if (value === undefined) yield { path: `${place}.${field}`, message: 'is missing' };
      else if (value < 0 || value > max)
        yield { path: `${place}.${field}`, message: `must be from 0 to ${max}, not ${value}` };
    }
  }
}

/** A rule that allows or denies nothing is a mistake, and -1 is the only number that is not one. */
export function* deviceRules({ linux = {} }: RuntimeSpec): Generator<Problem> {
  for (const [i, { access = '', major = -1, minor = -1 }] of (linux.resources?.devices ?? []).entries()) {
    const place = `linux.resources.devices[${i}]`;
    if (!/^[rwm]{1,3}$/.test(access)) {
      yield { path: `${place}.access`, message: `must be letters of rwm, not ${shown(access)}` };
    }
    if (major < -1 || major > 2 ** 32 - 1) yield { path: `${place}.major`, message: `${major} is no device number` };
    if (minor < -1 || minor > 2 ** 32 - 1) yield { path: `${place}.minor`, message: `${minor} is no device number` };
  }
}
