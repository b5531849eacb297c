import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogEntry, LogQuery } from '../spec/index.ts';

/** sizeof(struct log_record), native/frame.h. */
const HEADER = 16;
/** A record is one read of at most 32 KiB; a longer one is a damaged file. */
const MOST = 1 << 20;
/** Milliseconds between two looks for more. */
const FOLLOW_INTERVAL = 100;

/** Reads a container's log from its begin. With `follow`, until `ended` says so and everything was read. */
export async function* readLog(path: string, query: LogQuery, ended: () => boolean): AsyncGenerator<LogEntry> {
  const fd = openSync(path, 'r');
  try {
    let offset = 0;
    const wanted = (entry: LogEntry) => isWanted(entry, query);
    const past = query.tail === undefined ? undefined : [...readRecords(fd, 0)];
    if (past !== undefined) {
      offset = past.at(-1)?.end ?? 0;
      yield* lastLines(past.map((r) => r.entry).filter(wanted), query.tail ?? 0);
    }
    for (;;) {
      const over = !query.follow || ended();
      for (const { entry, end } of readRecords(fd, offset)) {
        offset = end;
        if (wanted(entry)) yield entry;
      }
      if (over) return;
      await sleep(FOLLOW_INTERVAL);
    }
  } finally {
    closeSync(fd);
  }
}

function* readRecords(fd: number, start: number): Generator<{ entry: LogEntry; end: number }> {
  const size = fstatSync(fd).size;
  const header = Buffer.alloc(HEADER);
  for (let at = start; at + HEADER <= size; ) {
    readSync(fd, header, 0, HEADER, at);
    const length = header.readUInt32LE(8);
    if (length > MOST || at + HEADER + length > size) return;
    const data = Buffer.alloc(length);
    readSync(fd, data, 0, length, at + HEADER);
    at += HEADER + length;
    const stream = header.readUInt32LE(12) === 2 ? 'stderr' : 'stdout';
    yield { entry: { stream, time: Number(header.readBigUInt64LE(0)) / 1e6, data }, end: at };
  }
}

function isWanted(entry: LogEntry, query: LogQuery): boolean {
  if (query[entry.stream] === false) return false;
  return entry.time >= (query.since ?? 0) && entry.time <= (query.until ?? Number.POSITIVE_INFINITY);
}

/** The last `count` lines of entries that need not end where lines end. */
function lastLines(entries: readonly LogEntry[], count: number): LogEntry[] {
  const kept: LogEntry[] = [];
  let lines = 0;
  for (const entry of entries.toReversed()) {
    let { data } = entry;
    for (let at = data.length - 1; at >= 0; at--) {
      if (data[at] !== 10) continue;
      if (lines++ < count) continue;
      data = data.subarray(at + 1);
      break;
    }
    if (data.length > 0) kept.unshift({ ...entry, data });
    if (lines > count) break;
  }
  return count === 0 ? [] : kept;
}
