import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  cert: string;
  key: string;
}

/** An authority of the test's own, and what it vouches for, as PEM files in one folder. */
export class Certificates {
  readonly authority: string;
  readonly #folder: string;
  readonly #name: string;

  constructor(folder: string, name = 'ca') {
    this.#folder = folder;
    this.#name = name;
    this.authority = join(folder, `${name}.crt`);
    openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name} of a test`, '-keyout', join(folder, `${name}.key`), '-out', this.authority],
    );
  }

  /** For a server at 127.0.0.1, or for a client. */
  issue(name: string): Certificate {
    const path = (end: string) => join(this.#folder, `${name}.${end}`);
    writeFileSync(path('ext'), 'subjectAltName=IP:127.0.0.1,IP:::ffff:127.0.0.1,DNS:localhost,DNS:registry.test\n');
    openssl(
      ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`],
      ...['-keyout', path('key'), '-out', path('csr')],
    );
    openssl(
      ...['x509', '-req', '-in', path('csr'), '-CA', this.authority, '-CAkey', join(this.#folder, `${this.#name}.key`)],
      ...['-CAcreateserial', '-days', '2', '-extfile', path('ext'), '-out', path('cert')],
    );
    return { cert: path('cert'), key: path('key') };
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
