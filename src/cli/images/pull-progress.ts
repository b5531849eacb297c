import type { LayerPhase, PullEvent } from '../../spec/index.ts';
import type { Output } from '../context.ts';
import { layerRows } from './layer-rows.ts';

/** Docker's words. */
const WORDS: Readonly<Record<LayerPhase, string>> = {
  waiting: 'Pulling fs layer',
  exists: 'Already exists',
  downloading: 'Downloading',
  downloaded: 'Download complete',
  unpacking: 'Extracting',
  done: 'Pull complete',
};

/**
 * Tells how a pull goes on.
 * @param now milliseconds
 */
export function pullProgress(output: Output, now: () => number): (event: PullEvent) => void {
  const show = layerRows(output, now);
  return (event) => {
    if (event.kind === 'start') output.write(`${event.tag}: Pulling from ${event.repository}\n`);
    else
      show({ digest: event.digest, text: WORDS[event.phase], ...(event.phase === 'downloading' && { moved: event }) });
  };
}
