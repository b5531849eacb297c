import type { DatabaseSync } from 'node:sqlite';

/** An image that is mounted. Without a user it is being mounted, or taken away. */
export interface MountRecord {
  /** Digest of its configuration. */
  id: string;
  /** So often it was mounted and not yet unmounted. */
  count: number;
}

export interface MountTable {
  find(id: string): MountRecord | undefined;
  all(): MountRecord[];
  set(id: string, count: number): void;
  delete(id: string): void;
}

export const MOUNT_SCHEMA =
  'CREATE TABLE IF NOT EXISTS image_mounts (id TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT';

/** `using` makes an error of ours of whatever a statement meets: a full disk, a damaged page. */
export function mountTable(db: DatabaseSync, using: <Result>(work: () => Result) => Result): MountTable {
  const run = (sql: string, ...values: (string | number)[]) => using(() => db.prepare(sql).run(...values));
  const all = () =>
    using(() => db.prepare('SELECT id, count FROM image_mounts ORDER BY id').all()).map(({ id, count }) => ({
      id: String(id),
      count: Number(count),
    }));
  return {
    all,
    find: (id) => all().find((record) => record.id === id),
    set: (id, count) => void run('REPLACE INTO image_mounts VALUES (?, ?)', id, count),
    delete: (id) => void run('DELETE FROM image_mounts WHERE id = ?', id),
  };
}
