import type { HttpAnswer } from './http-answer.ts';

/** Where a list goes on: `Link: </v2/…?n=100&last=x>; rel="next"` (RFC 8288). Only at the same server. */
export function nextPage({ url, header }: Pick<HttpAnswer, 'url' | 'header'>): URL | undefined {
  const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(header('link') ?? '') ?? [];
  if (target === undefined || !URL.canParse(target, url.href)) return undefined;
  const next = new URL(target, url);
  return next.origin === url.origin && next.href !== url.href ? next : undefined;
}
