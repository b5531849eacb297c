import { invalid } from '../../base/index.ts';

/** A path in the container; it has no working folder yet that a relative path could start from. */
export function absolutePath(text: string): string {
  if (text.startsWith('/') && !text.includes('\0')) return text;
  throw invalid('PATH_NOT_ABSOLUTE', 'expected an absolute path such as /data');
}

/** An absolute path without `.`, `..`, doubled or closing slashes, and not the root itself: where something is mounted. */
export function mountTarget(text: string): string {
  const parts: string[] = [];
  for (const part of absolutePath(text).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  if (parts.length === 0) throw invalid('MOUNT_TARGET_ROOT', "nothing can be mounted over the container's root '/'");
  return `/${parts.join('/')}`;
}
