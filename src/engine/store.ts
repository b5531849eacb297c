import { mkdirSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isFullId, isKeelsonError, KeelsonError } from '../base/index.ts';
import type { ContainerState } from '../spec/index.ts';
import { HEALTH_SCHEMA, type HealthTable, healthTable } from './health/health-table.ts';
import { MOUNT_SCHEMA, type MountTable, mountTable } from './images/mount-table.ts';
import { REMOVAL_SCHEMA, type RemovalTable, removalTable } from './images/removal-table.ts';
import { VOLUME_SCHEMA, type VolumeTable, volumeTable } from './volumes/volume-table.ts';

/** A container's row. `phase` is the journal: what is not `ready` was left by somebody who may have died. */
export interface ContainerRecord {
  state: ContainerState;
  phase: 'creating' | 'ready' | 'ending' | 'removing';
  /**
   * Pid and start time of a process, as /proc/PID/stat counts it: who makes, ends or removes the container; of one that
   * is ready, its own first process while it runs, then NOBODY.
   */
  owner: string;
}

/** The owner of what no process has to do with: never alive. */
export const NOBODY = '0:0';

/** What is known of all containers of one data root, in one SQLite file that several processes may use at once. */
export interface Store extends Disposable {
  /** @throws KeelsonError conflict `NAME_IN_USE` */
  insert(record: ContainerRecord): void;
  save(record: ContainerRecord): void;
  /**
   * Compare and set: writes `record` with another phase and owner, where nobody has changed these since it was read.
   * Otherwise the record stays as it is, and false is the answer.
   */
  claim(record: ContainerRecord, change: Pick<ContainerRecord, 'phase' | 'owner'>): boolean;
  delete(id: string): void;
  /** By the whole id. */
  get(id: string): ContainerRecord | undefined;
  /** @throws KeelsonError `CONTAINER_NOT_FOUND`, `CONTAINER_AMBIGUOUS` */
  find(reference: string): ContainerRecord;
  /** Newest first. */
  all(): ContainerRecord[];
  readonly health: HealthTable;
  readonly volumes: VolumeTable;
  readonly mounts: MountTable;
  readonly removals: RemovalTable;
}

/** The version of what is kept here: raised by a change that an older program would misread. */
const FORMAT = 1;

/** @throws KeelsonError unavailable `DATA_ROOT`, when the folder or file cannot be used */
export function openStore(root: string): Store {
  const file = join(root, 'db.sqlite');
  const db = openDatabase(root, file);
  /** Any statement can find a full or failing disk, or a damaged page. */
  const using = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw isKeelsonError(cause) ? cause : unusable(file, cause);
    }
  };
  const decode = (row: unknown) => decodeRow(row as { state: string; phase: string; owner: string });
  const put = (verb: 'INSERT' | 'REPLACE', { state, phase, owner }: ContainerRecord) => {
    const sql = `${verb} INTO containers (id, name, created, phase, owner, state) VALUES (?, ?, ?, ?, ?, ?)`;
    db.prepare(sql).run(state.id, state.name, state.created, phase, owner, JSON.stringify(state));
  };
  const select = (clause: string, ...values: string[]) =>
    using(() => db.prepare(`SELECT * FROM containers ${clause}`).all(...values));
  const health = healthTable(db, using, NOBODY);
  return {
    insert(record) {
      try {
        put('INSERT', record);
      } catch (cause) {
        const { name } = record.state;
        if (!using(() => db.prepare('SELECT 1 FROM containers WHERE name = ?').get(name))) throw unusable(file, cause);
        throw new KeelsonError('conflict', `a container is named ${name} already`, {
          code: 'NAME_IN_USE',
          hint: `remove it with \`keelson rm ${name}\`, or choose another name`,
          cause,
        });
      }
    },
    save: (record) => using(() => put('REPLACE', record)),
    claim(record, change) {
      const sql = 'UPDATE containers SET phase = ?, owner = ?, state = ? WHERE id = ? AND phase = ? AND owner = ?';
      const values = [change.phase, change.owner, JSON.stringify(record.state)];
      const claimed = using(() => db.prepare(sql).run(...values, record.state.id, record.phase, record.owner));
      if (claimed.changes > 0) Object.assign(record, change);
      return claimed.changes > 0;
    },
    get: (id) => select('WHERE id = ?', id).map(decode)[0],
    delete(id) {
      // The other way round a crash between would leave what nothing leads to.
      health.delete(id);
      using(() => db.prepare('DELETE FROM containers WHERE id = ?').run(id));
    },
    find(reference) {
      const exact = select(isFullId(reference) ? 'WHERE id = ?' : 'WHERE name = ?', reference);
      const rows = exact.length > 0 ? exact : select("WHERE id GLOB ? || '*'", prefix(reference));
      if (rows.length === 1) return decode(rows[0]);
      if (rows.length > 1) {
        throw new KeelsonError('conflict', `several containers begin with ${reference}`, {
          code: 'CONTAINER_AMBIGUOUS',
        });
      }
      throw new KeelsonError('not-found', `no such container: ${reference}`, {
        code: 'CONTAINER_NOT_FOUND',
        hint: '`keelson ps -a` lists them',
      });
    },
    health,
    volumes: volumeTable(db, using),
    mounts: mountTable(db, using),
    removals: removalTable(db, using),
    all: () => select('ORDER BY created DESC').map(decode),
    [Symbol.dispose]: () => db.close(),
  };
}

function openDatabase(root: string, file: string): DatabaseSync {
  try {
    // There mkdir says ENOENT for a parent that is there, and Node's recursive one then never ends.
    if (/^\/proc(\/|$)/.test(root)) throw new TypeError('no folder can be made in /proc');
    mkdirSync(root, { recursive: true, mode: 0o700 });
    const db = new DatabaseSync(file, { timeout: 10_000 });
    refuseNewer(db, file);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS containers (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created REAL NOT NULL,
        phase TEXT NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL) STRICT;
      ${HEALTH_SCHEMA};
      ${VOLUME_SCHEMA};
      ${MOUNT_SCHEMA};
      ${REMOVAL_SCHEMA}`);
    if (versionOf(db) !== FORMAT) db.exec(`PRAGMA user_version = ${FORMAT}`);
    return db;
  } catch (cause) {
    if (isKeelsonError(cause)) throw cause;
    throw unusable(file, cause);
  }
}

const versionOf = (db: DatabaseSync) => Number(db.prepare('PRAGMA user_version').get()?.user_version);

/** What a later version keeps may mean something else: neither read it wrongly nor write into it. */
function refuseNewer(db: DatabaseSync, file: string): void {
  if (versionOf(db) <= FORMAT) return;
  db.close();
  throw new KeelsonError('unsupported', `${file} was made by a newer version of Keelson`, {
    code: 'DATA_ROOT_NEWER',
    hint: 'install that version, or name another folder in KEELSON_ROOT',
  });
}

/** SQLite says only "disk I/O error" when there is no room for its shared memory. */
function isFull(file: string): boolean {
  try {
    return statfsSync(dirname(file)).bavail === 0;
  } catch {
    return false;
  }
}

function unusable(file: string, cause: unknown): KeelsonError {
  const reason = isFull(file) ? 'no space left on its disk' : cause instanceof Error ? cause.message : cause;
  return new KeelsonError('unavailable', `cannot use ${file}: ${reason}`, {
    code: 'DATA_ROOT',
    hint: 'check its rights, the free space and whether it is read-only, or name another folder in KEELSON_ROOT',
    cause,
  });
}

const PHASES = ['creating', 'ready', 'ending', 'removing'] as const;

/** Only hexadecimal digits can begin an id; anything else must not act as a pattern. */
function prefix(reference: string): string {
  return /^[0-9a-f]+$/.test(reference) ? reference : 'none';
}

function decodeRow(row: { state: string; phase: string; owner: string }): ContainerRecord {
  const phase = PHASES.find((known) => known === row.phase) ?? 'creating';
  return { state: JSON.parse(row.state) as ContainerState, phase, owner: row.owner };
}
