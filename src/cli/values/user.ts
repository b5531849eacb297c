import { invalid } from '../../base/index.ts';

/** `user`, `uid`, `user:group`, `uid:gid`, `:gid`; names are looked up in the container's own files. */
export function userValue(text: string): string {
  if (/^[^:\s\0]*(:[^:\s\0]+)?$/.test(text) && text !== '') return text;
  throw invalid('USER_INVALID', 'expected USER[:GROUP] by name or number, such as 1000:1000');
}

/** `--group-add`: a name or number. */
export function groupValue(text: string): string {
  if (/^[^:\s\0]+$/.test(text)) return text;
  throw invalid('GROUP_INVALID', 'expected a group by name or number');
}
