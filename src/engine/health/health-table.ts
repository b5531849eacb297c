import type { DatabaseSync } from 'node:sqlite';
import type { ContainerHealth } from '../../spec/index.ts';
import { NEW_HEALTH } from './next-health.ts';

/** Who runs the check of a container. */
export interface HealthHolder {
  /** Of the container. */
  id: string;
  /** A process, as a record's owner: the next to come may take over from one that is not alive. */
  holder: string;
  /** Process of the probe that was started last, while nothing is known of its end; 0 for none. */
  probe: number;
}

/**
 * What health checks have found. Apart from the records of containers, which those who end a container write whole, from
 * what they knew when it began.
 */
export interface HealthTable {
  /** Before the container is recorded as running. */
  begin(entry: Omit<HealthHolder, 'probe'>): void;
  find(id: string): ContainerHealth | undefined;
  holders(): HealthHolder[];
  /** Takes over from the holder that was seen; false when somebody else was faster. */
  claim(seen: Omit<HealthHolder, 'probe'>, holder: string): boolean;
  probing(id: string, pid: number): void;
  /** In one step also beside others. Does nothing for a container that has gone. */
  change(id: string, change: (health: ContainerHealth) => ContainerHealth): void;
  delete(id: string): void;
  /** The process that looks after all containers of this data root that nobody else does; NOBODY's when there was none. */
  keeper(): string;
  claimKeeper(seen: string, holder: string): boolean;
  /** Gives the place up unless it is needed: nobody can say in between that it is. */
  retireKeeper(holder: string, isNeeded: () => boolean): boolean;
}

export const HEALTH_SCHEMA = `CREATE TABLE IF NOT EXISTS health (id TEXT PRIMARY KEY, holder TEXT NOT NULL,
    probe INTEGER NOT NULL, health TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS health_keeper (place INTEGER PRIMARY KEY CHECK (place = 0), holder TEXT NOT NULL) STRICT`;

/** `using` makes an error of ours of whatever a statement meets: a full disk, a damaged page. */
export function healthTable(
  db: DatabaseSync,
  using: <Result>(work: () => Result) => Result,
  nobody: string,
): HealthTable {
  const run = (sql: string, ...values: (string | number)[]) => using(() => db.prepare(sql).run(...values));
  const select = (sql: string, ...values: string[]) => using(() => db.prepare(sql).all(...values));
  const find = (id: string): ContainerHealth | undefined => {
    const [row] = select('SELECT health FROM health WHERE id = ?', id);
    return row && JSON.parse(String(row.health));
  };
  const keeper = () => String(select('SELECT holder FROM health_keeper')[0]?.holder ?? nobody);
  /** Nobody else writes meanwhile. */
  const alone = <Result>(work: () => Result): Result => {
    using(() => db.exec('BEGIN IMMEDIATE'));
    try {
      const result = work();
      using(() => db.exec('COMMIT'));
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
  return {
    begin: ({ id, holder }) =>
      void run('REPLACE INTO health VALUES (?, ?, 0, ?)', id, holder, JSON.stringify(NEW_HEALTH)),
    find,
    holders: () =>
      select('SELECT id, holder, probe FROM health').map(({ id, holder, probe }) => ({
        id: String(id),
        holder: String(holder),
        probe: Number(probe),
      })),
    probing: (id, pid) => void run('UPDATE health SET probe = ? WHERE id = ?', pid, id),
    claim: (seen, holder) =>
      run('UPDATE health SET holder = ? WHERE id = ? AND holder = ?', holder, seen.id, seen.holder).changes === 1,
    change: (id, change) =>
      alone(() => {
        const health = find(id);
        if (health) run('UPDATE health SET probe = 0, health = ? WHERE id = ?', JSON.stringify(change(health)), id);
      }),
    delete: (id) => void run('DELETE FROM health WHERE id = ?', id),
    keeper,
    claimKeeper: (seen, holder) =>
      alone(() => {
        if (keeper() !== seen) return false;
        run('REPLACE INTO health_keeper VALUES (0, ?)', holder);
        return true;
      }),
    retireKeeper: (holder, isNeeded) =>
      alone(() => {
        if (isNeeded()) return false;
        run('DELETE FROM health_keeper WHERE holder = ?', holder);
        return true;
      }),
  };
}
