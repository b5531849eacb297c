import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/integration/registry/free-port.ts';

/** Starts a daemon, waits until it answers, and gives what stops it. */
async function startDaemon(
  [file = '', ...args]: readonly string[],
  { log, ready }: { log: string; ready: () => Promise<boolean> },
): Promise<AsyncDisposable> {
  const output = openSync(log, 'w');
  const child = spawn(file, args, { stdio: ['ignore', output, output] });
  closeSync(output);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const dispose = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  for (let left = 100; left > 0; left--) {
    if (child.exitCode !== null) throw new Error(`${file} ended at once; see ${log}`);
    if (await ready()) return { [Symbol.asyncDispose]: dispose };
    await sleep(100);
  }
  await dispose();
  throw new Error(`${file} does not answer; see ${log}`);
}

/** Debian's docker-registry on loopback, with its content in a folder. */
export async function startRegistry(folder: string): Promise<{ host: string } & AsyncDisposable> {
  mkdirSync(folder, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'config.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${join(folder, 'content')}}}\nhttp: {addr: ${host}}\n`,
  );
  const ready = () =>
    fetch(`http://${host}/v2/`).then(
      (answer) => answer.ok,
      () => false,
    );
  const daemon = await startDaemon(['docker-registry', 'serve', config], { log: join(folder, 'log'), ready });
  return { host, [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose]() };
}

/** dockerd without networks, with all it keeps in a folder. */
export async function startDocker(folder: string): Promise<{ environment: Record<string, string> } & AsyncDisposable> {
  mkdirSync(join(folder, 'config'), { recursive: true });
  writeFileSync(join(folder, 'config/daemon.json'), '{}');
  const socket = join(folder, 'socket');
  const environment = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: join(folder, 'config') };
  const args = [
    '--config-file',
    join(folder, 'config/daemon.json'),
    '--data-root',
    join(folder, 'data'),
    '--exec-root',
    join(folder, 'exec'),
  ];
  args.push(
    '--pidfile',
    join(folder, 'pid'),
    '--host',
    `unix://${socket}`,
    '--bridge',
    'none',
    '--iptables=false',
    '--ip-forward=false',
  );
  const { execFile } = await import('node:child_process');
  const ready = () =>
    new Promise<boolean>((resolve) =>
      execFile('docker', ['version'], { env: { ...process.env, ...environment } }, (error) => resolve(!error)),
    );
  const daemon = await startDaemon(['dockerd', ...args], { log: join(folder, 'log'), ready });
  return { environment, [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose]() };
}
