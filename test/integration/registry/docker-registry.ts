import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

export interface DockerRegistryOptions {
  tls?: { cert: string; key: string; clientAuthority?: string };
  /** Lines of htpasswd(1), bcrypt alone. */
  logins?: string;
  /** What addresses of layers that are elsewhere begin with; none are taken else. */
  foreign?: string;
  token?: { realm: string; service: string; issuer: string; bundle: string };
}

/** `tester` with the password `secret`: `htpasswd -Bbn`. */
export const TESTER = 'tester:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';

/** Debian's docker-registry on a port of the loopback, with a folder of its own. */
export class DockerRegistry implements AsyncDisposable {
  readonly host: string;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(host: string, folder: string, child: ChildProcess) {
    this.host = host;
    this.#folder = folder;
    this.#child = child;
  }

  static async start(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
    const folder = mkdtempSync(join(tmpdir(), 'keelson-registry-'));
    const port = await freePort();
    mkdirSync(join(folder, 'data'));
    const config = join(folder, 'config.json'); // JSON is YAML
    writeFileSync(config, JSON.stringify(configuration(`127.0.0.1:${port}`, folder, options)));
    const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'ignore'] });
    const registry = new DockerRegistry(`127.0.0.1:${port}`, folder, child);
    for (let tries = 0; !(await isOpen(port)); tries++) {
      if (tries > 500 || child.exitCode !== null) {
        await registry[Symbol.asyncDispose]();
        throw new Error('docker-registry does not start');
      }
      await sleep(20);
    }
    return registry;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.exitCode === null && this.#child.kill('SIGKILL')) await ended;
    rmSync(this.#folder, { recursive: true, force: true }); // no-mount-below: a folder of the registry's own
  }
}

function configuration(
  address: string,
  folder: string,
  { tls, logins, token, foreign }: DockerRegistryOptions,
): object {
  const htpasswd = join(folder, 'htpasswd');
  if (logins !== undefined) writeFileSync(htpasswd, logins);
  return {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: {
      addr: address,
      secret: 'of a test',
      ...(tls && {
        tls: {
          certificate: tls.cert,
          key: tls.key,
          ...(tls.clientAuthority !== undefined && { clientcas: [tls.clientAuthority] }),
        },
      }),
    },
    ...(foreign !== undefined && { validation: { manifests: { urls: { allow: [`^${foreign}`] } } } }),
    ...(logins !== undefined && { auth: { htpasswd: { realm: 'test', path: htpasswd } } }),
    ...(token && {
      auth: {
        token: { realm: token.realm, service: token.service, issuer: token.issuer, rootcertbundle: token.bundle },
      },
    }),
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
