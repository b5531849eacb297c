import type { Problem } from '../../schema/problem.ts';
import { shown } from '../../schema/scalars.ts';
import type { RuntimeSpec } from '../runtime-spec.ts';

const SEMVER = /^(\d+)\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** 1.x is one format: what a newer 1.x adds is a field that we do not know, and 0.x spelt many fields otherwise. */
export function* version({ ociVersion }: RuntimeSpec): Generator<Problem> {
  const match = SEMVER.exec(ociVersion);
  if (match === null) {
    yield { path: 'ociVersion', message: `${shown(ociVersion)} is not a version`, hint: "write one such as '1.3.0'" };
  } else if (match[1] !== '1') {
    yield { path: 'ociVersion', message: `${ociVersion} is not supported`, hint: 'versions 1.0.0 to 1.3.0 are' };
  }
}

/** Optional in the text of the specification, because Windows and a container that is never started need none. */
export function* rootAndProcess({ root, process }: RuntimeSpec): Generator<Problem> {
  if (root === undefined)
    yield { path: 'root', message: 'is missing', hint: 'name the folder of the root file system' };
  if (process === undefined) yield { path: 'process', message: 'is missing', hint: 'say at least `args` and `cwd`' };
}

/** An empty key is forbidden (config.md#annotations). */
export function* annotations({ annotations = {} }: RuntimeSpec): Generator<Problem> {
  if (Object.hasOwn(annotations, '')) yield { path: 'annotations[""]', message: 'has an empty name' };
}

/** __NEW_UTS_LEN of Linux, in bytes. */
const UTS_LENGTH = 64;

/** What sethostname(2) and setdomainname(2) take. */
export function* utsNames({ hostname = '', domainname = '' }: RuntimeSpec): Generator<Problem> {
  for (const [path, name] of Object.entries({ hostname, domainname })) {
    if (Buffer.byteLength(name) > UTS_LENGTH) yield { path, message: `is longer than ${UTS_LENGTH} bytes` };
  }
}
