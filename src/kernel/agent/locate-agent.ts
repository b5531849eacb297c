import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KeelsonError } from '../../base/index.ts';

/** Where the agent's program is: beside the sources, or in the package's `build` folder. */
export function locateAgent(): string {
  const candidates = ['../../../build/keelson-agent', '../build/keelson-agent', '../native/keelson-agent'];
  for (const candidate of candidates) {
    const path = fileURLToPath(new URL(candidate, import.meta.url));
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // the next place
    }
  }
  throw new KeelsonError('unavailable', 'the agent program (keelson-agent) is missing', {
    code: 'AGENT_MISSING',
    hint: 'run `sh native/build.sh build/keelson-agent` in the checkout, or reinstall the package',
  });
}
