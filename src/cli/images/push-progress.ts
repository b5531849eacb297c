import type { PushEvent, UploadPhase } from '../../spec/index.ts';
import type { Output } from '../context.ts';
import { layerRows } from './layer-rows.ts';

/** Docker's words. */
const WORDS: Readonly<Record<UploadPhase, string>> = {
  preparing: 'Preparing',
  exists: 'Layer already exists',
  mounted: 'Mounted from',
  pushing: 'Pushing',
  pushed: 'Pushed',
};

/**
 * Tells how a push goes on; of several pushes to one repository the place once.
 * @param now milliseconds
 */
export function pushProgress(output: Output, now: () => number): (event: PushEvent) => void {
  let show = layerRows(output, now);
  let told = '';
  return (event) => {
    if (event.kind === 'start') {
      if (event.repository !== told) output.write(`The push refers to repository [${event.repository}]\n`);
      told = event.repository;
      show = layerRows(output, now);
      return;
    }
    const text = `${WORDS[event.phase]}${event.from === undefined ? '' : ` ${event.from}`}`;
    show({ digest: event.digest, text, ...(event.phase === 'pushing' && { moved: event }) });
  };
}
