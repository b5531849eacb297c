import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import type { CriuProgram } from '../../runtime/index.ts';
import type { CommandCall } from '../command.ts';

/**
 * criu as `--criu` names it, or from the caller's PATH, with the caller's environment: it runs iptables-restore, ip and
 * tar itself.
 * @throws KeelsonError unavailable `CRIU_MISSING`
 */
export function findCriu({ context, options }: Pick<CommandCall, 'context' | 'options'>): CriuProgram {
  const { env, folder } = context;
  const name = options.criu;
  const places = (env.PATH ?? '').split(':').map((place) => resolve(folder, place));
  const candidates = name.includes('/') ? [resolve(folder, name)] : places.map((place) => join(place, name));
  const path = candidates.find(isProgram);
  if (path === undefined) throw missing(name);
  const environment = Object.entries(env).map(([key, value]) => `${key}=${value ?? ''}`);
  return { path, environment };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function missing(name: string): KeelsonError {
  const where = name.includes('/') ? `there is no program ${name}` : `there is no program ${name} in PATH`;
  return new KeelsonError('unavailable', `checkpoint and restore need criu, and ${where}: install the package criu`, {
    code: 'CRIU_MISSING',
    hint: 'apt-get install criu iptables',
  });
}
