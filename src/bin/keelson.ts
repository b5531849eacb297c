import { main } from '../cli/main.ts';
import { type Engine, openEngine } from '../sdk/index.ts';

/** The command line, with the parts it is made of. */
let engine: Promise<Engine> | undefined;

process.exitCode = await main(process.argv.slice(2), {
  engine: () => {
    engine ??= openEngine();
    return engine;
  },
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
});
await (await engine?.catch(() => undefined))?.[Symbol.asyncDispose]();
