import { invalid, isValidName, NAME_RULE } from '../../base/index.ts';
import type { MountConfig } from '../../spec/index.ts';
import { mountTarget } from './absolute-path.ts';
import { asPropagation } from './mount-propagation.ts';

const EXPECTED = 'expected [SOURCE:]TARGET[:OPTIONS] such as /srv/data:/data:ro or cache:/cache';

/**
 * `-v /host:/path:ro`, `-v ./folder:/path`, `-v name:/path`, `-v /path`.
 * A relative source stays as it was written.
 */
export function volumeValue(text: string): MountConfig {
  const parts = text.split(':');
  if (parts.length > 3 || parts.includes('') || text.includes('\0')) throw invalid('VOLUME_INVALID', EXPECTED);
  const [source, targetText = '', options] = parts.length === 1 ? [undefined, ...parts] : parts;
  if (!targetText.startsWith('/')) throw invalid('VOLUME_INVALID', EXPECTED);
  const target = mountTarget(targetText);
  const mount = source === undefined ? { type: 'volume' as const, target } : { ...sourceOf(source), target };
  return { ...mount, ...readOptions(mount.type, options) };
}

/** What starts like a path is one; everything else is the name of a volume. */
function sourceOf(source: string): Pick<MountConfig, 'type' | 'source' | 'createSource'> {
  if (/^(\/|\.\.?(\/|$))/.test(source)) return { type: 'bind', source, createSource: true };
  if (isValidName(source)) return { type: 'volume', source };
  const hint = source.includes('/') ? `for a folder of the host write an absolute path or ./${source}` : undefined;
  throw invalid('VOLUME_NAME_INVALID', `'${source}' is no volume name (${NAME_RULE})`, hint);
}

function readOptions(type: MountConfig['type'], text: string | undefined): Omit<MountConfig, 'type' | 'target'> {
  const result: Omit<MountConfig, 'type' | 'target'> = { readOnly: false };
  const options: string[] = [];
  let access: string | undefined;
  for (const option of text?.split(',') ?? []) {
    const propagation = asPropagation(option);
    if (propagation !== undefined && type === 'bind' && result.propagation === undefined)
      result.propagation = propagation;
    else if ((option === 'ro' || option === 'rw') && access === undefined) access = option;
    else if (option === 'nocopy' && type === 'volume') options.push(option);
    else if (option === 'z' || option === 'Z') options.push(option);
    else if (!/^(consistent|cached|delegated)$/.test(option)) throw unknownOption(type, option); // these are for macOS
  }
  if (access === 'ro') Object.assign(result, { readOnly: true, recursiveReadOnly: true });
  if (options.length > 0) result.options = options;
  return result;
}

function unknownOption(type: MountConfig['type'], option: string): Error {
  const known = type === 'bind' ? 'ro, rw, z, Z or a propagation such as rslave' : 'ro, rw or nocopy';
  return invalid('VOLUME_OPTION', `expected ${known} once each, not '${option}'`);
}
