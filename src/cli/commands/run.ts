import { invalid } from '../../base/index.ts';
import type { Engine, PullEvent, PullPolicy, RunningContainer, RunRequest, StdioConfig } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import type { CliContext } from '../context.ts';
import type { Explainer } from '../explain/explainer.ts';
import { attach } from '../foreground/attach.ts';
import { terminalSize } from '../foreground/follow-size.ts';
import { type IdFile, openIdFile } from '../foreground/id-file.ts';
import { pullProgress } from '../images/pull-progress.ts';
import { readUserFile } from '../read-user-file.ts';
import { containerConfig, type RunValues } from '../run/container-config.ts';
import { RUN_FLAGS } from '../run/run-flags.ts';
import { UNSUPPORTED_RUN_FLAGS } from '../run/unsupported-flags.ts';

export const command = defineCommand({
  name: 'run',
  operands: { usage: 'IMAGE|--rootfs FOLDER [COMMAND] [ARGUMENT...]', min: 0, complete: 'image' },
  description:
    'What follows the image is the command, with its own flags. The exit code is that of the command; 125 when the ' +
    'container could not be made, 126 when the command cannot be executed, 127 when there is none of that name.',
  examples: [
    ['run --rm -it busybox sh', 'A shell in a container that is gone when you leave it'],
    ['run -d --name web -p 8080:80 busybox httpd -f', 'A web server in the background'],
    ['run --rm -m 64m --cpus 0.5 -v "$PWD":/work:ro busybox ls /work', 'With limits, and a folder of the host'],
    ['run --rm --rootfs ./output/target sh', 'Any folder as the root; it is not written to'],
    ['run --rm --explain busybox true', 'Every system call that makes the container, in order, and why'],
  ],
  flags: RUN_FLAGS,
  unsupported: UNSUPPORTED_RUN_FLAGS,
  stopAtFirstWord: true,
  failureCode: 125,
  run: ({ values, words }, context) => run(values, words, context),
});

async function run(values: RunValues, words: readonly string[], context: CliContext): Promise<number> {
  checkConflicts(values);
  const config = containerConfig(values, words, {
    folder: context.folder,
    env: context.env,
    readFile: (path) => readUserFile(context.folder, path),
  });
  const explainer = await openExplainer(values, context);
  const request: RunRequest = {
    config,
    stdio: stdio(values, context),
    detach: values.detach,
    pull: values.pull,
    platform: values.platform,
    onPull: values.quiet ? undefined : tellPull(config.image ?? '', values.pull, context),
    onWarning: (warning) => void context.stderr.write(`WARNING: ${warning}\n`),
    onStep: explainer?.add,
    dryRun: values['dry-run'],
  };
  using idFile = values.cidfile === undefined || values['dry-run'] ? undefined : openIdFile(values.cidfile);
  await using engine = await context.openEngine();
  try {
    if (values['dry-run']) await engine.run(request);
    else if (values.detach) await runDetached(engine, request, { context, idFile });
    else return await runAttached(engine, request, { context, idFile, explainer, sigProxy: values['sig-proxy'] });
    return 0;
  } finally {
    explainer?.finish(); // also what was done before an error
  }
}

/** On stderr, since stdout belongs to the container. */
function tellPull(image: string, policy: PullPolicy | undefined, context: CliContext): (event: PullEvent) => void {
  let show: ((event: PullEvent) => void) | undefined;
  return (event) => {
    if (!show && policy !== 'always') context.stderr.write(`Unable to find image '${image}' locally\n`);
    show ??= pullProgress(context.stderr, context.now);
    show(event);
  };
}

function checkConflicts(values: RunValues): void {
  if (values.detach && values.attach.length > 0) {
    throw invalid('FLAGS_CONFLICT', '--detach and --attach exclude each other');
  }
}

/** Without `-i` the container's standard input is empty; `-a` leaves out the streams that it does not name. */
function stdio({ attach: only, interactive, detach, tty }: RunValues, context: CliContext): StdioConfig {
  const connected = (stream: 'stdin' | 'stdout' | 'stderr') =>
    !detach && (only.length === 0 || only.includes(stream)) ? ('inherit' as const) : ('ignore' as const);
  return {
    stdin: interactive ? connected('stdin') : 'ignore',
    stdout: connected('stdout'),
    stderr: connected('stderr'),
    ...(tty ? terminalSize(context.stdout) : {}),
  };
}

interface Attachment {
  context: CliContext;
  idFile: IdFile | undefined;
}

async function runDetached(engine: Engine, request: RunRequest, { context, idFile }: Attachment): Promise<void> {
  const container = await engine.run(request);
  idFile?.write(container.id);
  context.stdout.write(`${container.id}\n`);
}

function runAttached(
  engine: Engine,
  request: RunRequest,
  options: Attachment & { explainer: Explainer | undefined; sigProxy: boolean },
): Promise<number> {
  const { context, idFile, explainer, sigProxy } = options;
  return attach<RunningContainer>((onRecorded) => engine.run({ ...request, onRecorded }), context, {
    tty: request.config.tty,
    stdin: request.stdio.stdin === 'inherit',
    forwardSignals: sigProxy,
    onStarted(container) {
      idFile?.write(container.id);
      explainer?.finish();
    },
  });
}

/** The plan of a dry run is what was asked for, so it goes to stdout; else that belongs to the container. */
async function openExplainer(values: RunValues, context: CliContext): Promise<Explainer | undefined> {
  const dryRun = values['dry-run'];
  if (values.explain === undefined && !dryRun) return undefined;
  const { explainer } = await import('../explain/explainer.ts');
  return explainer({
    format: values.explain ?? 'text',
    output: dryRun ? context.stdout : context.stderr,
    env: context.env,
  });
}
