import type { FlagTable } from './flags.ts';

/** What `create` and `run` both know. */
export const bundleFlags: FlagTable = {
  bundle: { letter: 'b', value: true },
  'console-socket': { value: true },
  'pid-file': { value: true },
  'pidfd-socket': { value: true },
  'no-pivot': {},
  'no-new-keyring': {},
  'preserve-fds': { value: true, form: 'number' },
};
