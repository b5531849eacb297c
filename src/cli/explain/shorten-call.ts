/** What a container's full id looks like within a path; its first twelve digits say as much. */
const FULL_ID = /\b([0-9a-f]{12})[0-9a-f]{52}\b/g;

/**
 * A call in at most `width` characters: long ones lose their middle, so that the name, the first arguments and the last
 * remain. Nothing in it can move the cursor of a terminal: strings of a call may come from an image.
 */
export function shortenCall(call: string, width: number): string {
  const clean = call.replace(/\p{Cc}/gu, '·').replace(FULL_ID, '$1…');
  if (clean.length <= width) return clean;
  const tail = Math.min(12, Math.floor(width / 4));
  return `${clean.slice(0, width - tail - 1)}…${clean.slice(clean.length - tail)}`;
}
