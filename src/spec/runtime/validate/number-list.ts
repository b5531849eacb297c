/** A list of CPUs or memory nodes as the specification has it: `0-3,7`. Empty parts are allowed, as the kernel has it. */
export function isNumberList(text: string): boolean {
  return text.split(',').every((part) => isPart(part, /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/));
}

/**
 * A list as the cpuset files take it: besides {@link isNumberList} also every so many (`0-31:2/4`), and since Linux 5.12
 * `all` and `N` for the last one. Whether such CPUs exist is for the kernel to say.
 */
export function isCpusetList(text: string): boolean {
  return text
    .replaceAll(/\ball\b/gi, '0-N')
    .replaceAll('N', '99999')
    .split(',')
    .every((part) => isPart(part, /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5})(?::(\d{1,5})\/(\d{1,5}))?)?\s*$/));
}

function isPart(part: string, form: RegExp): boolean {
  if (part.trim() === '') return true;
  const [, first, last = first, used, group] = form.exec(part) ?? [];
  if (first === undefined || Number(first) > Number(last)) return false;
  return used === undefined || (Number(used) <= Number(group) && Number(group) > 0);
}
