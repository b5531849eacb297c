import { invalid } from '../../base/index.ts';
import { splitReference } from '../../spec/index.ts';
import type { Output } from '../context.ts';
import { toggle } from '../flags/make-flag.ts';
import { progressFormat } from './progress-format.ts';

/** What pull and push have in common. */
export const TRANSFER_FLAGS = {
  quiet: toggle('Print the name alone', { short: 'q' }),
  format: progressFormat,
};

/** Flags of Docker's that pull and push cannot honour. */
export const UNSUPPORTED_TRANSFER_FLAGS = { 'disable-content-trust': 'images are not signed yet' };

export interface Transfer {
  isJson: boolean;
  quiet: boolean;
  /** All tags of the name. */
  all: boolean;
}

/** Reads the flags, and tells which tag is meant where none is given. @throws KeelsonError `FLAGS_CONFLICT` */
export function readTransfer(
  values: { quiet: boolean; format: string | undefined; 'all-tags': boolean },
  reference: string,
  stdout: Output,
): Transfer {
  const transfer = { isJson: values.format === 'json', quiet: values.quiet, all: values['all-tags'] };
  const parts = splitReference(reference);
  if (transfer.all && (parts?.tag ?? parts?.digest) !== undefined) {
    throw invalid('FLAGS_CONFLICT', `--all-tags is for a name without a tag, not ${reference}`);
  }
  // Not for what is no name of an image: that is told by whoever is asked for it.
  const isDefault = parts && !parts.tag && !parts.digest && !transfer.all;
  if (isDefault && !transfer.quiet && !transfer.isJson) stdout.write('Using default tag: latest\n');
  return transfer;
}
