import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** A program that gets an image of a registry and unpacks it. */
export interface Contender {
  name: string;
  about: string;
  /** Gets it; the folder is new. */
  pull(reference: string): Promise<{ milliseconds: number; peak: number }>;
  /** Removes all that was got. */
  clear(): void;
}

interface Command {
  argv: readonly string[];
  env?: Record<string, string>;
}

/** Runs commands one after the other: the time of all, and the highest memory (RSS) of one with its children, in KiB. */
async function run(commands: readonly Command[]): Promise<{ milliseconds: number; peak: number }> {
  let peak = 0;
  const start = performance.now();
  for (const {
    argv: [file = '', ...args],
    env,
  } of commands) {
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    const look = setInterval(() => {
      if (child.pid !== undefined) peak = Math.max(peak, memoryOf(child.pid));
    }, 25);
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [errors, status] = await Promise.all([text(child.stderr), closed]);
    clearInterval(look);
    if (status !== 0) throw new Error(`${file} ended with ${status}: ${errors.trim()}`);
  }
  return { milliseconds: performance.now() - start, peak };
}

/** What a process and its children have in memory now, KiB. */
function memoryOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const own = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    const threads = readdirSync(`/proc/${pid}/task`);
    const children = threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')
        .split(' ')
        .filter((word) => word.trim() !== ''),
    );
    // Between fork and execve a child has the same memory as its parent, not as much again.
    const others = children.filter((child) => commandOf(child) !== commandOf(pid));
    return own + others.reduce((sum, child) => sum + memoryOf(Number(child)), 0);
  } catch {
    return 0;
  }
}

function commandOf(pid: number | string): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
}

export function keelson(folder: string): Contender {
  const program = fileURLToPath(new URL('../../bin/keelson', import.meta.url));
  const root = join(folder, 'keelson');
  return {
    name: 'keelson pull',
    about: 'cold command line; the compressed layers are kept',
    pull: (reference) => run([{ argv: [program, 'pull', '-q', reference], env: { KEELSON_ROOT: root } }]),
    clear: () => remove(root),
  };
}

export function docker(environment: Record<string, string>): Contender {
  return {
    name: 'docker pull',
    about: 'dockerd runs; memory is that of the command alone',
    pull: (reference) => run([{ argv: ['docker', 'pull', '-q', reference], env: environment }]),
    clear: () => {
      const env = { ...process.env, ...environment };
      execFileSync('docker', ['system', 'prune', '-af'], { env, stdio: 'ignore' });
    },
  };
}

export function podman(folder: string): Contender {
  const place = [
    '--root',
    join(folder, 'podman/root'),
    '--runroot',
    join(folder, 'podman/run'),
    '--storage-driver',
    'overlay',
  ];
  return {
    name: 'podman pull',
    about: 'overlay driver',
    pull: (reference) => run([{ argv: ['podman', ...place, 'pull', '-q', '--tls-verify=false', reference] }]),
    clear: () => {
      if (existsSync(join(folder, 'podman/root')))
        execFileSync('podman', [...place, 'rmi', '-af'], { stdio: 'ignore' });
    },
  };
}

export function skopeoUmoci(folder: string): Contender {
  const layout = join(folder, 'skopeo');
  const bundle = join(folder, 'umoci');
  return {
    name: 'skopeo copy, umoci unpack',
    about: 'one after the other; the compressed layers are kept',
    pull: (reference) =>
      run([
        {
          argv: [
            'skopeo',
            'copy',
            '--quiet',
            '--insecure-policy',
            '--src-tls-verify=false',
            `docker://${reference}`,
            `oci:${layout}:latest`,
          ],
        },
        { argv: ['umoci', 'unpack', '--image', `${layout}:latest`, bundle] },
      ]),
    clear: () => {
      remove(layout);
      remove(bundle);
    },
  };
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
