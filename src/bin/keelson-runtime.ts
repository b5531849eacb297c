/** The OCI runtime's command line: what it is made of, and nothing else. */
import { execFile } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { FORWARDED, main, type OciContext } from '../oci/index.ts';
import { openRuntime, passOutputThrough, startAgent, terminalSize } from '../runtime/index.ts';
import { rememberCode } from './remember-code.ts';

const context: OciContext = {
  env: process.env,
  folder: process.cwd(),
  pid: process.pid,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  onCommand: rememberCode,
  openRuntime: () => openRuntime(),
  readInput: async () => readFileSync(0, 'utf8'),
  print: (text) => writeAll(1, text),
  printError: (text) => writeAll(2, text),
  forwardSignals(to) {
    for (const signal of FORWARDED) process.on(signal, to);
    return () => {
      for (const signal of FORWARDED) process.off(signal, to);
    };
  },
  async rawTerminal() {
    if (!process.stdin.isTTY) return undefined;
    process.stdin.setRawMode(true);
    await passOutputThrough();
    const size = async () => {
      await using agent = startAgent({ channels: 0, stdio: ['inherit', 'ignore', 'ignore'] });
      return await terminalSize(agent.kernel);
    };
    return { size, restore: () => void process.stdin.setRawMode(false) };
  },
  runProgram: async (program, args) => (await promisify(execFile)(program, args, { maxBuffer: 2 ** 26 })).stdout,
};

/** Not by Node's streams: they would make the caller's pipe, which the container gets too, non-blocking. */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
    }
  }
}

// No top-level await, which a script has not: this one's bundle is one.
void main(process.argv.slice(2), context).then((code) => {
  process.exitCode = code;
});
