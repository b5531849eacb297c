import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { TestWorld } from '../testing/run-cli.ts';
import { SHELL_SCRIPTS } from './shell-scripts.ts';

/** What a shell is told for these words, of which the last is being typed. */
async function complete(...line: string[]): Promise<string[]> {
  const world = new TestWorld();
  assert.equal(await world.run('__complete', ...line), 0);
  assert.equal(world.stderr.text, '');
  return world.stdout.text.split('\n').slice(0, -1);
}

describe('completion', () => {
  const cases: [line: string[], words: string[]][] = [
    [['in'], ['inspect']],
    [['bogus', ''], []],
    [['image', ''], 'history import inspect load ls mount prune pull push rm save tag unmount'.split(' ')],
    [['image', 'm'], ['mount']],
    [['image', 'mount', 'b'], ['busybox']],
    [['image', 'mount', '--fo'], ['--format']],
    [['image', 'rm', '--f'], ['--force']],
    [['image', 'ls', '-q', 'b'], ['busybox']],
    [['image', 'bogus', ''], []],
    [
      ['container', 'l'],
      ['logs', 'ls'],
    ],
    [['container', 'ls', '--qu'], ['--quiet']],
    [['volume', 'p'], ['prune']],
    [['help', 'wa'], ['wait']],
    [['stop', ''], ['web']],
    [['stop', 'web', 'w'], ['web']],
    [['logs', 'web', ''], []],
    [['stop', '--ti'], ['--timeout']],
    [['stop', '-t', ''], []],
    [['run', '--memory-r'], ['--memory-reservation']],
    [
      ['run', '--network', ''],
      ['bridge', 'none', 'host'],
    ],
    [['run', '--network', 'h'], ['host']],
    [['run', '--network=n'], ['--network=none']],
    [['run', '--rm', '-it', ''], ['busybox']],
    [['run', '-itm', ''], []],
    [['run', '--explain', 'b'], ['busybox']],
    [['run', '--explain=j'], ['--explain=json']],
    [['run', '--env-file', ''], [':file']],
    [['run', '--rootfs', ''], [':folder']],
    [['run', 'busybox', '-'], [':file']],
    [['exec', '-it', ''], ['web']],
    [['exec', 'web', 'ls', '--al'], [':file']],
    [['completion', 'z'], ['zsh']],
    [['ps', ''], []],
  ];
  for (const [line, words] of cases) test(line.join(' '), async () => assert.deepEqual(await complete(...line), words));

  test('all commands, and both forms of a flag', async () => {
    assert.ok((await complete('')).includes('run'));
    assert.deepEqual((await complete('kill', '-')).toSorted(), ['--help', '--signal', '-h', '-s']);
  });
});

describe('the script for bash', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-completion-'));
  // no-mount-below: a test's own folder, in which nothing is ever mounted
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'script'), SHELL_SCRIPTS.bash);
  writeFileSync(join(folder, 'keelson'), '#!/bin/sh\nshift\nprintf "%s\\n" "$ANSWER"\nprintf "[%s]" "$@" >asked\n');
  chmodSync(join(folder, 'keelson'), 0o755);

  /** What bash offers when the program answers so, and what the program was asked. */
  function bash(line: string, answer: string): { offered: string[]; asked: string } {
    const script = `. ./script; COMP_LINE=$1 COMP_POINT=\${#1}; COMP_WORDS=($1); COMP_CWORD=$((\${#COMP_WORDS[@]}-1))
      [[ $1 == *' ' ]] && COMP_CWORD=$((COMP_CWORD+1))
      compopt() { :; }; _keelson; printf '%s\\n' "\${COMPREPLY[@]}"; cat asked >&2`;
    const env = { PATH: `${folder}:${process.env.PATH}`, ANSWER: answer };
    const output = execFileSync('bash', ['-c', `exec 2>&1; ${script}`, 'bash', line], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    const lines = output.split('\n');
    return { offered: lines.slice(0, -1), asked: lines.at(-1) ?? '' };
  }

  test('asks with the words before the cursor', () => {
    assert.deepEqual(bash('keelson stop ', 'web\njob'), { offered: ['web', 'job'], asked: '[stop][]' });
    assert.deepEqual(bash('keelson run --mem', '--memory'), { offered: ['--memory'], asked: '[run][--mem]' });
  });

  test('offers what follows =, where bash splits', () => {
    assert.deepEqual(bash('keelson run --network=n', '--network=none').offered, ['none']);
  });

  test('completes files itself', () => {
    assert.deepEqual(bash('keelson run --env-file scr', ':file').offered, ['script']);
  });
});
