import type { DatabaseSync } from 'node:sqlite';

/** Somebody is about to remove an image, and looks whether anybody needs it. */
export interface Removal {
  /** Digest of the image's configuration. */
  id: string;
  /** A process, as a record's owner. */
  owner: string;
}

export interface RemovalTable {
  all(): Removal[];
  add(removal: Removal): void;
  delete(removal: Removal): void;
}

export const REMOVAL_SCHEMA =
  'CREATE TABLE IF NOT EXISTS image_removals (id TEXT NOT NULL, owner TEXT NOT NULL, PRIMARY KEY (id, owner)) STRICT';

/** `using` makes an error of ours of whatever a statement meets: a full disk, a damaged page. */
export function removalTable(db: DatabaseSync, using: <Result>(work: () => Result) => Result): RemovalTable {
  const run = (sql: string, { id, owner }: Removal) => void using(() => db.prepare(sql).run(id, owner));
  return {
    all: () =>
      using(() => db.prepare('SELECT id, owner FROM image_removals').all()).map(({ id, owner }) => ({
        id: String(id),
        owner: String(owner),
      })),
    add: (removal) => run('REPLACE INTO image_removals VALUES (?, ?)', removal),
    delete: (removal) => run('DELETE FROM image_removals WHERE id = ? AND owner = ?', removal),
  };
}
