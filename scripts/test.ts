/**
 * `npm test`: the check, then every test in one run of the test runner, whose summary closes the output.
 * `npm test -- src/kernel test/integration/pty --name resize`: only these files or folders, without the check.
 */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Readable } from 'node:stream';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import { reportSkipped } from './test-report.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string', multiple: true, default: [] },
    // The integration tests share one kernel, but each has containers of its own.
    concurrency: { type: 'string', default: process.env.KEELSON_TEST_CONCURRENCY ?? String(availableParallelism()) },
    timeout: { type: 'string', default: process.env.KEELSON_TEST_TIMEOUT ?? '300000' },
  },
});

// Most of the time of a command's start goes into stripping the types of the sources: Node keeps the result.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../build/compile-cache', import.meta.url));

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

if (positionals.length === 0 && values.name.length === 0 && !(await check())) process.exit(1);

const events = run({
  globPatterns: (positionals.length > 0 ? positionals : ['src', 'test', 'scripts']).map((path) =>
    isFolder(path) ? `${path.replace(/\/$/, '')}/**/*.test.ts` : path,
  ),
  concurrency: Number(values.concurrency),
  timeout: Number(values.timeout),
  testNamePatterns: values.name,
});
events.on('test:summary', ({ file, success, counts }) => {
  if (file !== undefined) return;
  if (!success) process.exitCode = 1;
  if (counts.tests === 0) {
    console.error('no test found');
    process.exitCode = 1;
  }
});

const everythingCanRun = process.env.CI !== undefined || process.getuid?.() === 0;
const reported = reportSkipped(events, () => {
  if (everythingCanRun) process.exitCode = 1;
});
Readable.from(everythingCanRun ? reported : events)
  .compose(new spec())
  .pipe(process.stdout);
