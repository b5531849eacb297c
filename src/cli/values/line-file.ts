import { invalid } from '../../base/index.ts';

/**
 * The lines of an `--env-file` or `--label-file`: white space before a line is dropped, empty lines and those that start with
 * `#` are skipped. Quotes mean nothing: everything after `=` is the value (Docker's rule).
 * @throws KeelsonError `FILE_LINE_INVALID` for a name with white space in it, an empty name, or bytes that are not UTF-8
 */
export function readLines(path: string, content: Uint8Array): string[] {
  const lines = decode(path, content).split(/\r?\n/);
  return lines.flatMap((line, index) => {
    const text = line.trimStart();
    if (text === '' || text.startsWith('#')) return [];
    const name = text.split('=', 1)[0] ?? '';
    const place = `${path}:${index + 1}`;
    if (name === '') throw invalid('FILE_LINE_INVALID', `${place}: no name before '='`);
    if (/\s/.test(name)) throw invalid('FILE_LINE_INVALID', `${place}: white space in the name '${name}'`);
    if (text.includes('\0')) throw invalid('FILE_LINE_INVALID', `${place}: a NUL byte in the value of '${name}'`);
    return [text];
  });
}

function decode(path: string, content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content); // drops a byte order mark
  } catch (cause) {
    throw invalid('FILE_LINE_INVALID', `${path} is not UTF-8 text${cause instanceof TypeError ? '' : `: ${cause}`}`);
  }
}
