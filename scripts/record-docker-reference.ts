/**
 * Asks the real `docker` command what its flags and templates mean, and keeps the answers for the tests of the command
 * line: `node scripts/record-docker-reference.ts`. No daemon is needed: an HTTP server on a socket of its own plays one.
 * The questions stand in the file; only the answers are written anew.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

interface Reference {
  docker: string;
  /** `docker create ARGS`: the body that it sends, or its exit code and message. */
  create: { args: string[]; body?: unknown; exitCode?: number; message?: string }[];
  /** What the daemon answers for a container. */
  container: unknown;
  /** `docker inspect --format FORMAT`. */
  inspect: { format: string; output?: string; exitCode?: number }[];
  /** What the daemon answers for a list; `Created` is given as an age in seconds. */
  list: Record<string, unknown>[];
  /** `docker ps ARGS`. */
  ps: { args: string[]; output?: string }[];
}

const file = new URL('../src/cli/testing/docker-reference.json', import.meta.url);
const reference: Reference = JSON.parse(readFileSync(file, 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'keelson-docker-'));
let sent: unknown;

const server = createServer(async (request, response) => {
  const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').split('?')[0] ?? '';
  const body = await text(request);
  response.setHeader('Api-Version', '1.50').setHeader('Ostype', 'linux').setHeader('Content-Type', 'application/json');
  if (path === '/_ping') return response.end('OK');
  if (path === '/containers/json') {
    const now = Math.floor(Date.now() / 1000);
    return response.end(JSON.stringify(reference.list.map((one) => ({ ...one, Created: now - Number(one.Created) }))));
  }
  if (path === '/containers/web/json') return response.end(JSON.stringify(reference.container));
  if (path !== '/containers/create') return response.writeHead(404).end(JSON.stringify({ message: `no ${path}` }));
  sent = JSON.parse(body);
  return response.writeHead(201).end(JSON.stringify({ Id: 'a'.repeat(64), Warnings: [] }));
});

const socket = join(folder, 'd.sock');
await new Promise<void>((resolve) => server.listen(socket, resolve));
try {
  reference.docker = (await docker(['version', '--format', '{{.Client.Version}}'])).stdout.trim();
  for (const one of reference.create) {
    sent = undefined;
    const { exitCode, stderr } = await docker(['create', ...one.args]);
    delete one.body;
    delete one.exitCode;
    delete one.message;
    if (exitCode === 0) one.body = sent;
    else Object.assign(one, { exitCode, message: stderr.split('\n')[0] });
  }
  for (const one of reference.inspect) {
    const { exitCode, stdout } = await docker(['inspect', '--type', 'container', '--format', one.format, 'web']);
    delete one.output;
    delete one.exitCode;
    Object.assign(one, exitCode === 0 ? { output: stdout } : { exitCode });
  }
  for (const one of reference.ps) one.output = (await docker(['ps', ...one.args])).stdout;
} finally {
  server.close();
  rmSync(folder, { recursive: true }); // no-mount-below: a folder of our own, with a socket in it
}
writeFileSync(file, `${JSON.stringify(reference, undefined, 2)}\n`);

async function docker(args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TZ: 'UTC',
    DOCKER_HOST: `unix://${socket}`,
    OURS: 'from outside',
  };
  const child = spawn('docker', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code ?? 1));
  });
  const [exitCode, stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return { exitCode, stdout, stderr };
}
