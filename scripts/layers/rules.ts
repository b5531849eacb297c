import type { Rule } from './rule.ts';
import { callsOf, importsOf, membersOf } from './syntax.ts';

/** Builtins that compute and nothing else. */
const pureBuiltins = [
  'assert',
  'assert/strict',
  'buffer',
  'crypto',
  'events',
  'path',
  'path/posix',
  'punycode',
  'string_decoder',
  'url',
  'util',
].map((name) => `node:${name}`);

const files = ['node:fs', 'node:fs/promises'];

/** Every rule about what code may do, each with its reason. There is no list of exceptions; rules name rooms. */
export const rules: readonly Rule[] = [
  {
    name: 'pure',
    reason: 'base and spec are values and checks: whoever uses them must be able to call them anywhere, without effect',
    only: ['base', 'spec'],
    find: ({ imports }) =>
      imports
        .filter(({ specifier, typeOnly }) => /^node:/.test(specifier) && !typeOnly && !pureBuiltins.includes(specifier))
        .map(({ specifier, line }) => ({ line, what: `import of '${specifier}'` })),
  },
  {
    name: 'no-package',
    reason: 'this code runs as root between a container and the host; what it does must stand in this repository',
    only: ['base', 'kernel', 'runtime'],
    find: ({ imports }) =>
      imports
        .filter(({ specifier, path }) => path === undefined && !/^(node:|\.)/.test(specifier))
        .map(({ specifier, line }) => ({ line, what: `import of the package '${specifier}'` })),
  },
  {
    name: 'process-start',
    reason:
      'a process is started by the kernel room (the agent), by network (nft, pasta) or by bin; ' +
      'elsewhere a fork of Node, with all its threads and descriptors, would slip into the path of a container',
    except: ['kernel', 'network', 'bin'],
    find: (file) => importsOf(file, ['node:child_process', 'node:cluster']),
  },
  {
    name: 'no-shell',
    reason: 'a shell makes commands of names that a user chose (CWE-78); start programs with a list of arguments',
    find: (file) => [
      ...importsOf(file, ['node:child_process'], ['exec', 'execSync']),
      ...callsOf(file, ['spawn', 'spawnSync', 'execFile', 'execFileSync']).filter(({ arguments: args }) =>
        args.some((argument) => /\bshell:(?!\s*false)/.test(argument)),
      ),
    ],
  },
  {
    name: 'no-code-from-data',
    reason: 'text must never become code in a process that is root; claim whose the text is',
    claim: 'own-code',
    find: (file) => [...importsOf(file, ['node:vm', 'node:repl']), ...callsOf(file, ['eval', 'Function'])],
  },
  {
    name: 'host-path',
    reason:
      'node:fs follows symbolic links, and a container writes the links in its root file system (CVE-2021-30465, ' +
      'CVE-2024-21626, CVE-2025-31133); go through descriptors of the kernel room, or claim why no container can write the path',
    only: ['runtime'],
    claim: 'host-path',
    find: (file) => importsOf(file, files),
  },
  {
    name: 'no-path-below-rootfs',
    reason:
      'a path below a root file system is resolved by the kernel with RESOLVE_IN_ROOT, never joined as text (CVE-2021-30465)',
    only: ['runtime', 'image', 'engine'],
    find: (file) => [
      ...callsOf(file, ['join', 'resolve']).filter(
        ({ arguments: args }) => args.length > 1 && /(^|\.)\w*root-?fs$/i.test(args[0] ?? ''),
      ),
      ...file.lines.flatMap((line, index) =>
        /\$\{[\w.]*root-?fs\}\/|\brootfs\s*\+\s*['"`]\//i.test(line) ? [{ line: index + 1, what: line.trim() }] : [],
      ),
    ],
  },
  {
    name: 'recursive-remove',
    reason:
      'removing a tree crosses into whatever is still mounted below it, a volume or the host itself; claim why nothing is',
    claim: 'no-mount-below',
    find: (file) =>
      callsOf(file, ['rm', 'rmSync', 'rmdir', 'rmdirSync']).filter(({ arguments: args }) =>
        args.some((argument) => /\brecursive:(?!\s*false)/.test(argument)),
      ),
  },
  {
    name: 'no-kill-by-number',
    reason:
      'a pid may belong to somebody else by the time the signal is sent; signal through a pidfd of the kernel room',
    except: ['bin', 'cli'],
    find: (file) => membersOf(file, 'process', ['kill']),
  },
  {
    name: 'no-exit',
    reason:
      'an exit skips every release that waits in a disposal stack, and a library must not end its host; throw, or set exitCode',
    except: ['bin'],
    find: (file) =>
      file.path === 'src/cli/index.ts' ? [] : membersOf(file, 'process', ['exit', 'reallyExit', 'abort', 'execve']),
  },
  {
    name: 'no-process-state',
    reason:
      'working folder, umask and identity belong to the whole process, threads and host program included; give the agent its own',
    except: ['bin'],
    find: (file) =>
      membersOf(file, 'process', [
        'chdir',
        'umask',
        'setuid',
        'seteuid',
        'setgid',
        'setegid',
        'setgroups',
        'initgroups',
        'title',
      ]),
  },
  {
    name: 'no-environment',
    reason:
      'what a room depends on is an argument that can be read and tested; the environment is read where parts are joined',
    except: ['bin', 'cli', 'sdk'],
    find: (file) => membersOf(file, 'process', ['env', 'argv']),
  },
  {
    name: 'no-process-listener',
    reason: 'signals and uncaught errors of a program belong to the program that embeds the library',
    except: ['bin', 'cli'],
    find: (file) =>
      callsOf(file, ['on', 'once', 'addListener', 'prependListener']).filter(({ what, line }) =>
        (file.lines[line - 1] ?? '').includes(`process.${what.split('(')[0]}`),
      ),
  },
  {
    name: 'no-weak-random',
    reason: 'an id or a token that can be guessed or that repeats after a fork is a way in; take node:crypto',
    find: (file) => membersOf(file, 'Math', ['random']),
  },
  {
    name: 'named-for-what-it-does',
    reason: 'a drawer without a name collects everything; name the file after its main export',
    find: ({ path }) => {
      const words = path
        .replace(/\.test\.ts$|\.ts$/, '')
        .split(/[/-]/)
        .slice(2);
      const vague = words.find((word) => /^(util|helper|common|misc|manager)s?$/.test(word));
      return vague === undefined ? [] : [{ line: 1, what: `'${vague}' in the file's name` }];
    },
  },
];
