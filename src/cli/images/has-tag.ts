/** Does a name say which one of an image's tags, or which digest? */
export function hasTag(reference: string): boolean {
  return /[:@][^/]*$/.test(reference);
}
