/**
 * What decides for the fronts of keelson-runtime (native/front.c): keelson-brain SOCKET REASON, with a connection to the
 * front that started it as descriptor 3. What it is made of, and nothing else.
 */
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { Brain, type BrainOptions } from '../oci/index.ts';
import { rememberCode } from './remember-code.ts';

const CONNECTION = 3;
const STDERR = 2;

const program: BrainOptions['program'] = {
  onCommand: rememberCode,
  async runProgram(name, args, { env, folder }) {
    const { execFile } = await import('node:child_process');
    return (await promisify(execFile)(name, args, { maxBuffer: 2 ** 26, env: { ...env }, cwd: folder })).stdout;
  },
};
const [path = '', reason = ''] = process.argv.slice(2);
const first = new Socket({ fd: CONNECTION, allowHalfOpen: true });
const uid = process.geteuid?.() ?? 0;
const brain = new Brain({ pid: process.pid, uid, program, path, temporaryFolder: tmpdir() });
// It was the caller's until here, to be told if Node could not start. The lowest free descriptor is the next one to open.
closeSync(STDERR);
openSync('/dev/null', 'w');
// Those that are being served are served to their end.
process.on('SIGTERM', () => brain.retire());
// No top-level await, which a script has not: this one's bundle is one, since Node starts those sooner than modules.
void brain.run(first, process.ppid, reason === 'lost');
