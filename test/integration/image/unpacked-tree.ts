import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One line an entry: everything about it that an archive records; hard links by the first path to the same file. */
export function describeTree(root: string): string[] {
  const lines: string[] = [];
  const first = new Map<bigint, string>();
  const visit = (path: Buffer, shown: string) => {
    const status = lstatSync(path, { bigint: true });
    const kind = (Number(status.mode) & 0o170000).toString(8);
    const mode = (Number(status.mode) & 0o7777).toString(8);
    const same = status.isDirectory() ? shown : (first.get(status.ino) ?? shown);
    first.set(status.ino, same);
    const content = status.isFile()
      ? createHash('sha256').update(readFileSync(path)).digest('hex')
      : status.isSymbolicLink()
        ? readlinkSync(path, 'latin1')
        : String(status.rdev);
    lines.push([shown || '/', kind, mode, status.uid, status.gid, status.mtimeNs, same, content].join(' '));
    if (!status.isDirectory()) return;
    const names = readdirSync(path, 'buffer').sort(Buffer.compare);
    for (const name of names) {
      visit(Buffer.concat([path, Buffer.from('/'), name]), `${shown}/${name.toString('latin1')}`);
    }
  };
  visit(Buffer.from(root), '');
  return lines;
}
