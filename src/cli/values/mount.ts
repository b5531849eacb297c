import { invalid, isValidName, NAME_RULE } from '../../base/index.ts';
import type { MountConfig } from '../../spec/index.ts';
import { parseBoolean } from '../flags/parse-boolean.ts';
import { mountTarget } from './absolute-path.ts';
import { csvFields } from './csv-fields.ts';
import { keyValue } from './key-value.ts';
import { asPropagation } from './mount-propagation.ts';
import { sizeValue } from './size.ts';
import { permissionBits } from './tmpfs.ts';

/** A mount that is being read: each key changes it. */
type Draft = Omit<MountConfig, 'target'> & { target?: string };

type Key = (mount: Draft, value: string) => void;

const source: Key = (mount, value) => {
  if (value === '') throw invalid('MOUNT_SOURCE', 'expected a path or volume name after source=');
  mount.source = value;
};
const target: Key = (mount, value) => {
  mount.target = mountTarget(value);
};
const readOnly: Key = (mount, value) => {
  mount.readOnly = parseBoolean(value);
};

/** Keys for every type of mount; the value of a key without `=` is `true`. */
const ANY: Readonly<Record<string, Key>> = {
  type: () => undefined,
  source,
  src: source,
  target,
  destination: target,
  dst: target,
  readonly: readOnly,
  ro: readOnly,
  consistency: () => undefined, // for macOS; Docker on Linux accepts and ignores it
};

const OF_TYPE: Readonly<Record<MountConfig['type'], Readonly<Record<string, Key>>>> = {
  bind: {
    'bind-propagation': (mount, value) => {
      mount.propagation = asPropagation(value);
      if (mount.propagation === undefined)
        throw invalid('MOUNT_PROPAGATION', `expected bind-propagation=rprivate, rslave, rshared…, not '${value}'`);
    },
    'bind-nonrecursive': (mount, value) => {
      mount.nonRecursive = parseBoolean(value);
    },
    'bind-recursive': (mount, value) => setRecursion(mount, value),
    'bind-create-src': (mount, value) => {
      mount.createSource = parseBoolean(value);
    },
  },
  volume: {
    'volume-label': (mount, value) => {
      const [key, text] = keyValue(value);
      mount.labels = { ...mount.labels, [key]: text };
    },
    'volume-driver': (_, value) => {
      if (value !== 'local') throw invalid('VOLUME_DRIVER', `expected volume-driver=local, not '${value}'`);
    },
    'volume-nocopy': (mount, value) => {
      if (parseBoolean(value)) mount.options = [...(mount.options ?? []), 'nocopy'];
    },
  },
  tmpfs: {
    'tmpfs-size': (mount, value) => {
      mount.tmpfsSize = sizeValue(value);
    },
    'tmpfs-mode': (mount, value) => {
      mount.tmpfsMode = permissionBits(value);
    },
  },
};

/** Docker's words: what becomes of file systems mounted below the source. */
function setRecursion(mount: Draft, value: string): void {
  if (value === 'disabled') mount.nonRecursive = true;
  else if (value === 'writable' || value === 'readonly') mount.recursiveReadOnly = value === 'readonly';
  else if (value !== 'enabled')
    throw invalid('MOUNT_RECURSIVE', `expected bind-recursive=enabled, disabled, writable or readonly, not '${value}'`);
}

/**
 * `--mount type=bind,src=/srv,dst=/data,readonly`: Docker's keys. The type is `volume` where it is left out.
 * A relative source stays as it was written.
 */
export function mountValue(text: string): MountConfig {
  const fields = csvFields(text).map((field) => {
    const equals = field.indexOf('=');
    const [key, value] = equals < 0 ? [field, 'true'] : [field.slice(0, equals), field.slice(equals + 1)];
    return { key: key.trim().toLowerCase(), value, hasValue: equals >= 0 };
  });
  const type = mountType(fields.findLast(({ key }) => key === 'type')?.value ?? 'volume');
  const mount: Draft = { type, readOnly: false };
  for (const { key, value, hasValue } of fields) {
    const apply = own(ANY, key) ?? own(OF_TYPE[type], key);
    if (apply === undefined) throw unknownKey(key, type);
    if (!hasValue && !/^(readonly|ro|bind-nonrecursive|bind-create-src|volume-nocopy)$/.test(key)) {
      throw invalid('MOUNT_VALUE_MISSING', `expected ${key}=VALUE`);
    }
    apply(mount, value);
  }
  return finish(mount);
}

/** Not what every object inherits: `constructor` is no key of a mount. */
function own(keys: Readonly<Record<string, Key>>, key: string): Key | undefined {
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}

function mountType(text: string): MountConfig['type'] {
  if (text === 'bind' || text === 'volume' || text === 'tmpfs') return text;
  throw invalid('MOUNT_TYPE', `expected type=bind, volume or tmpfs, not '${text}'`);
}

function unknownKey(key: string, type: MountConfig['type']): Error {
  const owner = Object.entries(OF_TYPE).find(([, keys]) => Object.hasOwn(keys, key))?.[0];
  if (owner !== undefined) return invalid('MOUNT_KEY', `'${key}' is for type=${owner}, not for type=${type}`);
  const known = ['type', 'source', 'target', 'readonly', ...Object.keys(OF_TYPE[type])];
  return invalid('MOUNT_KEY', `expected the keys ${known.join(', ')}, not '${key}'`);
}

function finish(mount: Draft): MountConfig {
  const { target: at, source: from } = mount;
  if (at === undefined) throw invalid('MOUNT_TARGET', 'expected target=PATH, where to mount it in the container');
  const whole: MountConfig = { ...mount, target: at };
  if (mount.type === 'tmpfs' && from !== undefined) throw invalid('MOUNT_SOURCE', 'a tmpfs has no source');
  if (mount.type === 'bind') {
    if (from === undefined) throw invalid('MOUNT_SOURCE', 'expected source=PATH, what to bind from the host');
    whole.createSource ??= false;
    if (whole.readOnly) whole.recursiveReadOnly ??= true;
    else if (whole.recursiveReadOnly !== undefined)
      throw invalid('MOUNT_RECURSIVE', 'bind-recursive=writable and readonly go with readonly');
  }
  if (mount.type === 'volume' && from !== undefined && !isValidName(from)) {
    throw invalid(
      'VOLUME_NAME_INVALID',
      `'${from}' is no volume name (${NAME_RULE})`,
      'for a folder of the host write type=bind',
    );
  }
  return whole;
}
