import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Program } from './run-case.ts';

/** The `docker` of the path, with the daemon that DOCKER_HOST names. */
export function dockerProgram(): Program {
  return {
    async run(args, input = '') {
      const child = spawn('docker', args, { stdio: ['pipe', 'pipe', 'pipe'] });
      child.stdin.on('error', () => undefined).end(input); // it may end without reading
      const exited = new Promise<number>((resolve, reject) => {
        child.on('error', reject).on('close', (code) => resolve(code ?? 255));
      });
      const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
      return { exitCode, stdout, stderr };
    },
  };
}
