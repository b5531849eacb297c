import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { KeelsonError } from '../../base/index.ts';

/** Where the agent's program is: in a checkout where set-up builds it, else in the package for this platform. */
export function locateAgent(): string {
  for (const find of [inCheckout, inPackage]) {
    try {
      const path = find();
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // the next place
    }
  }
  throw new KeelsonError('unavailable', 'the agent program (keelson-agent) is missing', {
    code: 'AGENT_MISSING',
    hint:
      'run `sh native/build.sh build/keelson-agent` in a checkout; ' +
      `elsewhere install keelson again with its optional package ${packageName()}`,
  });
}

function inCheckout(): string {
  // Bundled we are one folder below the root, and three more would lead out of it to somebody else's.
  const root = import.meta.url.endsWith('/src/kernel/agent/locate-agent.ts') ? '../../..' : '..';
  return fileURLToPath(new URL(`${root}/build/keelson-agent`, import.meta.url));
}

function inPackage(): string {
  return createRequire(import.meta.url).resolve(`${packageName()}/keelson-agent`);
}

function packageName(): string {
  return `@keelson/agent-linux-${process.arch}`;
}
