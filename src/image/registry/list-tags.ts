import { KeelsonError } from '../../base/index.ts';
import { parseJson } from '../../spec/index.ts';
import { nextPage } from './next-page.ts';
import { statusError } from './registry-error.ts';
import type { RegistrySession } from './registry-session.ts';
import { readBody } from './send.ts';

const LARGEST_PAGE = 4 << 20;
const MOST_PAGES = 1000;

/** The tags of a repository, sorted: registries give them in any order. */
export async function listTags(session: RegistrySession, signal?: AbortSignal): Promise<string[]> {
  const { registry, repository } = session.name;
  const tags: string[] = [];
  let page: string | URL | undefined = 'tags/list';
  for (let pages = 0; page !== undefined && pages < MOST_PAGES; pages++) {
    const answer = await session.request(page, { method: 'GET', signal });
    const text = (await readBody(answer, LARGEST_PAGE)).toString();
    if (answer.status !== 200)
      throw statusError(answer.status, `cannot list the tags of ${registry}/${repository}`, text);
    tags.push(...readTags(text, `${registry}/${repository}`));
    page = nextPage(answer);
  }
  return tags.sort();
}

function readTags(text: string, name: string): string[] {
  const document = parseJson(text, { code: 'REGISTRY_DOCUMENT', document: `the tags of ${name}` });
  const tags = typeof document === 'object' && document !== null && 'tags' in document ? document.tags : undefined;
  // Go writes null for an empty list.
  if (tags === null) return [];
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')) return tags;
  throw new KeelsonError('invalid', `the registry sends no list of the tags of ${name}`, { code: 'REGISTRY_DOCUMENT' });
}
