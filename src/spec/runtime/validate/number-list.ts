const RANGE = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5})(?::(\d{1,5})\/(\d{1,5}))?)?\s*$/;

/**
 * Is this a list of CPUs or memory nodes as cpuset(7) has it, such as `0-3,7` or `0-31:2/4`? Empty parts are allowed, as
 * the kernel allows them; whether such CPUs exist is for the kernel to say.
 */
export function isNumberList(text: string): boolean {
  return text.split(',').every((part) => {
    if (part.trim() === '') return true;
    const [, first, last = first, used, group] = RANGE.exec(part) ?? [];
    if (first === undefined || Number(first) > Number(last)) return false;
    return used === undefined || (Number(used) <= Number(group) && Number(group) > 0);
  });
}
