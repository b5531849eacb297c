import { statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { reportSkipped, type TestEvent } from './test-report.ts';

export interface TestRun {
  /** Files and folders. */
  paths: readonly string[];
  /** Patterns of the names of tests to run; none: all. */
  names?: string[];
  /** Patterns of the names of tests to leave out. */
  leftOut?: RegExp[];
  concurrency: number;
  /** Of one file, in milliseconds. */
  timeout: number;
  /** A skipped test is a failure. */
  everythingCanRun: boolean;
  /** Takes part in the events on their way to the output, before the summary closes it. */
  look?: (events: AsyncIterable<TestEvent>) => AsyncIterable<TestEvent>;
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Runs tests and prints what came of them, with the runner's summary last. Sets the exit code of this process. */
export function runTests({ paths, names = [], leftOut = [], concurrency, timeout, ...options }: TestRun): void {
  const events = run({
    globPatterns: paths.map((path) => (isFolder(path) ? `${path.replace(/\/$/, '')}/**/*.test.ts` : path)),
    concurrency,
    timeout,
    testNamePatterns: names,
    testSkipPatterns: leftOut,
  });
  events.on('test:summary', ({ file, success, counts }) => {
    if (file !== undefined) return;
    if (!success) process.exitCode = 1;
    if (counts.tests === 0) {
      console.error('no test found');
      process.exitCode = 1;
    }
  });
  const reported = reportSkipped(events, () => {
    if (options.everythingCanRun) process.exitCode = 1;
  });
  const seen = options.everythingCanRun ? reported : events;
  Readable.from(options.look?.(seen) ?? seen)
    .compose(new spec())
    .pipe(process.stdout);
}
