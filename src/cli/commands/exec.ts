import type { ExecConfig } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, list, orUnset, single, toggle } from '../flags/make-flag.ts';
import { attach } from '../foreground/attach.ts';
import { terminalSize } from '../foreground/follow-size.ts';
import { readUserFile } from '../read-user-file.ts';
import { absolutePath } from '../values/absolute-path.ts';
import { environmentVariable, resolveEnvironment } from '../values/environment-variable.ts';
import { readLines } from '../values/line-file.ts';
import { userValue } from '../values/user.ts';

export const command = defineCommand({
  name: 'exec',
  operands: { usage: 'CONTAINER COMMAND [ARGUMENT...]', min: 2, complete: 'container' },
  description:
    'The exit code is that of the command; 126 when it cannot be executed, 127 when there is none of that name.',
  examples: [
    ['exec -it web sh', 'A shell beside what runs already'],
    ['exec -u nobody -w /tmp web id', 'As another user, in another folder'],
  ],
  flags: {
    interactive: toggle('Keep the standard input open', { short: 'i' }),
    tty: toggle('Give the command a terminal', { short: 't' }),
    detach: toggle('Do not wait for it', { short: 'd' }),
    env: list('NAME=VALUE', 'Set a variable; NAME alone takes our value of it', {
      short: 'e',
      parse: environmentVariable,
    }),
    'env-file': list('FILE', 'Read variables from a file', { complete: 'file', parse: anyText }),
    user: single('USER[:GROUP]', 'By name or number', { short: 'u', parse: orUnset(userValue) }),
    workdir: single('PATH', 'The working folder', { short: 'w', parse: orUnset(absolutePath) }),
    privileged: toggle('Give it all capabilities'),
  },
  unsupported: { 'detach-keys': 'a command cannot be left while it runs yet; start it with --detach' },
  stopAtFirstWord: true,
  async run({ values, words }, context) {
    const [container = '', ...argv] = words;
    const { interactive, tty, detach, user, workdir, privileged } = values;
    const fromFiles = values['env-file'].flatMap((path) => readLines(path, readUserFile(context.folder, path)));
    const env = resolveEnvironment([...fromFiles.map(environmentVariable), ...values.env], context.env);
    const config: ExecConfig = { command: argv, env, user, workdir, tty, interactive, privileged };
    const stream = detach ? 'ignore' : 'inherit';
    const stdio = {
      stdin: interactive ? stream : 'ignore',
      stdout: stream,
      stderr: stream,
      ...(tty ? terminalSize(context.stdout) : {}),
    } as const;
    await using engine = await context.openEngine();
    const start = () => engine.exec(container, config, { stdio, detach });
    if (!detach) return attach(start, context, { tty, stdin: interactive, forwardSignals: true });
    await start();
    return 0;
  },
});
