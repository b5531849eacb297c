import type { DatabaseSync } from 'node:sqlite';

/** A volume's row. While it is filled or removed it belongs to `owner` alone, a process (see process-identity.ts). */
export interface VolumeRecord {
  name: string;
  /** Made for one container that named none: goes with it. */
  anonymous: boolean;
  labels: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  created: number;
  /** `new`: no container has had it mounted. */
  phase: 'new' | 'ready' | 'filling' | 'removing';
  owner: string;
}

export interface VolumeTable {
  /** Does nothing where there is one of this name. */
  add(volume: Pick<VolumeRecord, 'name' | 'anonymous' | 'labels'>): void;
  find(name: string): VolumeRecord | undefined;
  all(): VolumeRecord[];
  /** Takes over from the phase and owner that were seen; false when somebody else was faster. */
  take(seen: VolumeRecord, phase: VolumeRecord['phase'], owner: string): boolean;
  delete(name: string): void;
}

export const VOLUME_SCHEMA = `CREATE TABLE IF NOT EXISTS volumes (name TEXT PRIMARY KEY, anonymous INTEGER NOT NULL,
  labels TEXT NOT NULL, created REAL NOT NULL, phase TEXT NOT NULL, owner TEXT NOT NULL) STRICT`;

/** `using` makes an error of ours of whatever a statement meets: a full disk, a damaged page. */
export function volumeTable(db: DatabaseSync, using: <Result>(work: () => Result) => Result): VolumeTable {
  const run = (sql: string, ...values: (string | number)[]) => using(() => db.prepare(sql).run(...values));
  const select = (clause: string, ...values: string[]) =>
    using(() => db.prepare(`SELECT * FROM volumes ${clause}`).all(...values)).map(decode);
  return {
    add({ name, anonymous, labels }) {
      const sql = `INSERT OR IGNORE INTO volumes VALUES (?, ?, ?, ?, 'new', '')`;
      run(sql, name, anonymous ? 1 : 0, JSON.stringify(labels), Date.now());
    },
    find: (name) => select('WHERE name = ?', name)[0],
    all: () => select('ORDER BY name'),
    take(seen, phase, owner) {
      const sql = 'UPDATE volumes SET phase = ?, owner = ? WHERE name = ? AND phase = ? AND owner = ?';
      return run(sql, phase, owner, seen.name, seen.phase, seen.owner).changes === 1;
    },
    delete: (name) => void run('DELETE FROM volumes WHERE name = ?', name),
  };
}

function decode(row: Record<string, unknown>): VolumeRecord {
  const { name, anonymous, labels, created, phase, owner } = row;
  return {
    name: String(name),
    anonymous: anonymous === 1,
    labels: JSON.parse(String(labels)),
    created: Number(created),
    phase: phase === 'new' || phase === 'filling' || phase === 'removing' ? phase : 'ready',
    owner: String(owner),
  };
}
