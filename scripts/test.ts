/**
 * `npm test`: the check, then every test in one run of the test runner, whose summary closes the output.
 * `npm test -- src/kernel test/integration/pty --name resize`: only these files or folders, without the check.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import { runTests } from './run-tests.ts';

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

if (positionals.length === 0 && values.name.length === 0 && !(await check())) process.exit(1);

runTests({
  paths: positionals.length > 0 ? positionals : ['src', 'test/integration', 'scripts'],
  names: values.name,
  concurrency: Number(values.concurrency),
  timeout: Number(values.timeout),
  everythingCanRun: process.env.CI !== undefined || process.getuid?.() === 0,
});
