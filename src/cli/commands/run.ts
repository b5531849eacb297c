import { readFileSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';
import type { RunRequest, RunningContainer, StdioConfig } from '../../spec/index.ts';
import { attachProcess, standardStreams } from '../attach-process.ts';
import type { CommandContext } from '../command.ts';
import { explainer } from '../explain.ts';
import { toggle } from '../flags/make-flag.ts';
import { parseFlags } from '../flags/parse-flags.ts';
import { containerConfig } from '../run/container-config.ts';
import { RUN_FLAGS } from '../run/run-flags.ts';
import { UNSUPPORTED_RUN_FLAGS } from '../run/unsupported-flags.ts';
import { showHelp } from '../show-help.ts';

const HELP = {
  usage: 'keelson run [FLAGS] IMAGE|--rootfs DIR [COMMAND [ARG…]]',
  about: 'Starts a container and gives its exit code.',
  examples: [
    'keelson run --rm -it busybox sh',
    'keelson run --rm --memory 64m --network none busybox free',
    'keelson run --rm --explain --network none busybox true',
    'keelson run --rm --rootfs / --network none cat /etc/os-release',
  ],
};

/** `keelson run` */
export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  refuseUnsupported(args);
  const { values, words } = parseFlags({ help: toggle('Show this'), ...RUN_FLAGS }, args, { stopAtFirstWord: true });
  if (values.help) {
    context.stdout.write(showHelp(HELP, RUN_FLAGS));
    return 0;
  }
  const config = containerConfig(values, words, {
    folder: process.cwd(),
    env: context.env,
    readFile: (path) => readFileSync(path),
  });
  const dryRun = values['dry-run'];
  const explain = values.explain ?? (dryRun ? 'text' : undefined);
  const steps = explain && explainer(explain, dryRun ? context.stdout : context.stderr);
  const request: RunRequest = {
    config,
    detach: values.detach,
    dryRun,
    stdio: values.detach ? quiet : standardStreams(context, config),
    ...(steps ? { onStep: steps.add } : {}),
  };
  const engine = await context.engine();
  const container = await engine.run(request);
  steps?.end();
  if (dryRun) return 0;
  return await follow(container, request, context);
}

const quiet: StdioConfig = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };

async function follow(container: RunningContainer, request: RunRequest, context: CommandContext): Promise<number> {
  if (request.detach) {
    context.stdout.write(`${container.id}\n`);
    return 0;
  }
  return (await attachProcess(container, { tty: request.config.tty, interactive: request.config.interactive, context })).exitCode;
}

/** Docker's flags that would change what runs, and that are not made yet, are refused by name. */
function refuseUnsupported(args: readonly string[]): void {
  for (const arg of args) {
    if (!arg.startsWith('-')) return;
    const name = arg.slice(2).split('=', 1)[0] ?? '';
    if (arg.startsWith('--') && Object.hasOwn(UNSUPPORTED_RUN_FLAGS, name)) {
      throw new KeelsonError('unsupported', `--${name}: ${UNSUPPORTED_RUN_FLAGS[name]}`, { code: 'FLAG_UNSUPPORTED' });
    }
  }
}

