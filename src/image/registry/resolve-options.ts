import type { Agent } from '../../kernel/index.ts';
import { withRegistryFile } from './registry-file.ts';
import type { RegistryOptions } from './registry-options.ts';
import { credentialProgramRunner } from './run-credential-program.ts';

/** The options with what the settings file says, and with a way to ask credential helpers. */
export function resolveOptions(options: RegistryOptions, startAgent: () => Agent): RegistryOptions {
  const whole = withRegistryFile(options);
  // Helpers find their own settings, and the session of their user, by the environment as it is; proxies are not for them.
  return { ...whole, runHelper: options.runHelper ?? credentialProgramRunner(startAgent, options.env ?? {}) };
}
