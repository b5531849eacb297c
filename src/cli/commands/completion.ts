import { invalid } from '../../base/index.ts';
import { defineCommand } from '../command.ts';
import { SHELL_SCRIPTS, type ShellName } from '../completion/shell-scripts.ts';

export const command = defineCommand({
  name: 'completion',
  operands: { usage: 'bash|zsh|fish', min: 1, max: 1, complete: ['bash', 'zsh', 'fish'] },
  description: 'Commands, flags, and the names of containers are completed.',
  examples: [
    ['completion bash > /etc/bash_completion.d/keelson', 'For everybody on this host'],
    ['completion fish > ~/.config/fish/completions/keelson.fish', 'For yourself'],
  ],
  flags: {},
  async run({ words: [shell = ''] }, context) {
    if (!isShell(shell))
      throw invalid('SHELL_UNKNOWN', `no completion for '${shell}'`, 'there is one for bash, zsh and fish');
    context.stdout.write(SHELL_SCRIPTS[shell]);
    return 0;
  },
});

function isShell(name: string): name is ShellName {
  return Object.hasOwn(SHELL_SCRIPTS, name);
}
