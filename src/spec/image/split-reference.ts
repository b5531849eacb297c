const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST = `(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::\\d+)?`;
/** The grammar of github.com/distribution/reference: host, path, tag, digest. */
const REFERENCE = new RegExp(
  `^((?:${HOST}/)?${PART}(?:/${PART})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?$`,
);
const LONGEST_TEXT = 1023;
const LONGEST_NAME = 255;

/** The parts of the name of an image as they are written; undefined for what is none. */
export function splitReference(
  text: string,
): { name: string; tag: string | undefined; digest: string | undefined } | undefined {
  const [, name, tag, digest] = (text.length <= LONGEST_TEXT && REFERENCE.exec(text)) || [];
  if (name === undefined || name.length > LONGEST_NAME || /^[0-9a-f]{64}$/.test(name)) return undefined;
  return { name, tag, digest };
}
