/** Inside the virtual machine: runs the selected tests, and fails also when one that was expected did not run. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { runTests } from '../run-tests.ts';
import type { TestEvent } from '../test-report.ts';
import { expectedTests, missingTests } from './expected-tests.ts';
import { selectTests } from './selection.ts';

const { files: all, leftOut, problems } = selectTests();
const wanted = readFileSync('../paths', 'utf8').split('\n').filter(Boolean);
const files = wanted.length === 0 ? all : all.filter((file) => wanted.some((path) => file.startsWith(path)));
/** So many of the slowest files are named. */
const SHOWN = 15;
const names = leftOut.map(({ name }) => name);

runTests({
  paths: files,
  leftOut: names.map((name) => new RegExp(`^${RegExp.escape(name)}$`)),
  concurrency: 2,
  timeout: 400_000,
  everythingCanRun: true,
  look,
});

/** Adds what did not run as errors before the summary. */
async function* look(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  const ran = new Set<string>();
  const ranFiles = new Set<string>();
  const took = new Map<string, number>();
  let ended = false;
  for await (const event of events) {
    if (event.type === 'test:pass' || event.type === 'test:fail') {
      ran.add(event.data.name ?? '');
      ranFiles.add(relative('.', event.data.file ?? ''));
    }
    if (event.type === 'test:summary' && event.data.file !== undefined) {
      took.set(relative('.', event.data.file), event.data.duration_ms ?? 0);
    }
    if (!ended && event.type === 'test:diagnostic' && /^tests \d+$/.test(event.data.message ?? '')) {
      ended = true;
      yield { type: 'test:diagnostic', data: { nesting: 0, message: slowest(took) } };
      for (const message of [...problems, ...notRun(ran, ranFiles)]) {
        process.exitCode = 1;
        yield { type: 'test:diagnostic', data: { nesting: 0, message, level: 'error' } };
      }
    }
    yield event;
  }
}

/** Where the time went: two files run at a time, each with a Node of its own. */
function slowest(took: ReadonlyMap<string, number>): string {
  const lines = [...took]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([file, ms]) => `\n    ${(ms / 1000).toFixed(1).padStart(6)} s  ${file}`);
  return `the slowest of ${took.size} files:${lines.join('')}`;
}

function notRun(ran: ReadonlySet<string>, ranFiles: ReadonlySet<string>): string[] {
  const left = new Set(names);
  return files.flatMap((file) =>
    ranFiles.has(file)
      ? missingTests(expectedTests(file, readFileSync(file, 'utf8')), ran, left).map(
          (name) => `did not run: '${name}' of ${file}`,
        )
      : [`did not run: ${file}`],
  );
}
