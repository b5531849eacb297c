import { runTests } from '../run-tests.ts';

runTests({
  paths: process.env.PATHS?.split(' ') ?? ['test/integration/cgroups'],
  concurrency: 2,
  timeout: 300_000,
  everythingCanRun: true,
});
