import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands } from './commands.ts';
import { COMMAND_TEXTS } from './help/command-texts.ts';
import { FLAG_TEXTS } from './help/flag-texts.ts';
import { commandUsage } from './usage.ts';

test('every command has a description, and every flag says what it means', async () => {
  const used = new Set<string>();
  for (const [name, load] of Object.entries(commands)) {
    const text = commandUsage(name, await load());
    assert.match(text, /\nDESCRIPTION:\n {3}\S/, name);
    const options = text.split('\nOPTIONS:\n')[1] ?? '';
    for (const line of options.trimEnd().split('\n').filter(Boolean)) {
      assert.match(line, /^ {3}--[\w-]+( value)?(, -\w( value)?)? {2,}\S/, name);
      used.add(/--([\w-]+)/.exec(line)?.[1] ?? '');
    }
  }
  assert.deepEqual(Object.keys(COMMAND_TEXTS).sort(), Object.keys(commands).sort());
  const globals = ['debug', 'log', 'log-format', 'root', 'criu', 'systemd-cgroup', 'rootless', 'cgroup-manager'];
  const known = [...used, ...globals, 'help', 'version', 'spec rootless'];
  assert.deepEqual(
    Object.keys(FLAG_TEXTS).filter((flag) => !known.includes(flag)),
    [],
  );
});
