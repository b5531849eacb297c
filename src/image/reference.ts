import { invalid } from '../base/index.ts';
import { splitReference } from '../spec/index.ts';
import { familiarName, registryName } from './registry/registry-name.ts';

/** What an image is called: `registry.example:5000/team/app:1.2@sha256:…`. */
export interface Reference {
  /** Without tag and digest, in the short form: `alpine` for `docker.io/library/alpine`. */
  name: string;
  /** `latest` where neither tag nor digest is given. */
  tag?: string | undefined;
  digest?: string | undefined;
}

/** @throws KeelsonError `REFERENCE_INVALID` */
export function parseReference(text: string): Reference {
  const parts = splitReference(text);
  if (parts === undefined) {
    throw invalid(
      'REFERENCE_INVALID',
      `${JSON.stringify(text.slice(0, 80))} is not the name of an image`,
      hintFor(text),
    );
  }
  const { name, tag, digest } = parts;
  return { name: familiarName(name), tag: tag ?? (digest === undefined ? 'latest' : undefined), digest };
}

function hintFor(text: string): string {
  if (text.includes('://')) return 'leave out the scheme: registry.example/team/app:tag';
  if (/[A-Z]/.test(text.slice(text.lastIndexOf('/') + 1).split(/[:@]/)[0] ?? ''))
    return 'names of images are in lower case';
  return 'names are like registry.example:5000/team/app:tag';
}

/** As people write it: `busybox:latest`. */
export function showReference({ name, tag, digest }: Reference): string {
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** With registry and path in full: `docker.io/library/alpine:latest`. */
export function canonicalName(reference: Reference): string {
  const { registry, repository } = registryName(reference.name);
  return showReference({ ...reference, name: `${registry}/${repository}` });
}
