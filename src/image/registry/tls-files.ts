import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import type { RegistryOptions } from './registry-options.ts';

const DEFAULT_CERTIFICATES = ['/etc/docker/certs.d', '/etc/containers/certs.d'];

/** What a registry's files hold. */
export interface TlsMaterial {
  /** PEM, besides those that this machine trusts anyway. */
  authorities: readonly string[];
  cert?: string;
  key?: string;
}

/**
 * A registry's CAs and our certificate for it: as the options name them, else of the first folder that has any (docs: "Verify
 * repository client with certificates").
 * @param names what the registry may be called there: `registry.example`, `registry.example:443`
 * @throws KeelsonError `REGISTRY_CERTIFICATES`
 */
export function readTlsFiles(names: readonly string[], options: RegistryOptions): TlsMaterial {
  const named = names.map((name) => options.tls?.[name]).find((files) => files !== undefined);
  if (named) {
    const { ca, cert, key } = named;
    return { authorities: ca === undefined ? [] : [read(ca)], ...pair(cert, key) };
  }
  for (const folder of options.certificates ?? DEFAULT_CERTIFICATES) {
    for (const name of names) {
      const own = join(folder, name);
      const files = filesIn(own);
      if (files.length > 0) return ofFolder(own, files);
    }
  }
  return { authorities: [] };
}

function ofFolder(folder: string, files: readonly string[]): TlsMaterial {
  const path = (file: string | undefined) => (file === undefined ? undefined : join(folder, file));
  const cert = files.find((file) => file.endsWith('.cert'));
  const key = cert === undefined ? files.find((file) => file.endsWith('.key')) : cert.replace(/\.cert$/, '.key');
  const authorities = files.filter((file) => file.endsWith('.crt')).map((file) => read(join(folder, file)));
  return { authorities, ...pair(path(cert), path(key)) };
}

function pair(cert: string | undefined, key: string | undefined): { cert?: string; key?: string } {
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined) throw unreadable(`there is no certificate for the key ${key}`, 'Docker calls it client.cert');
  if (key === undefined) throw unreadable(`there is no key for the certificate ${cert}`);
  return { cert: read(cert), key: read(key) };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unreadable(`cannot read ${path}: ${reason}`, 'check who may read it', cause);
  }
}

function unreadable(problem: string, hint?: string, cause?: unknown): KeelsonError {
  return new KeelsonError('invalid', `a registry's certificates: ${problem}`, {
    code: 'REGISTRY_CERTIFICATES',
    hint,
    cause,
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // most registries have none
  }
}
