import { formatSize } from '../../base/index.ts';
import type { LayerPhase, PullEvent } from '../../spec/index.ts';
import type { Output } from '../context.ts';

/** Docker's words. */
const WORDS: Readonly<Record<LayerPhase, string>> = {
  waiting: 'Pulling fs layer',
  exists: 'Already exists',
  downloading: 'Downloading',
  downloaded: 'Download complete',
  unpacking: 'Extracting',
  done: 'Pull complete',
};
const BAR = 50;
/** Milliseconds between two looks of the terminal at the same phase. */
const PAUSE = 80;
const SHORT_DIGEST = 12;

/**
 * Tells how a pull goes on: a line for each change; on a terminal a line for each layer, which changes in its place.
 * @param now milliseconds
 */
export function pullProgress(output: Output, now: () => number): (event: PullEvent) => void {
  const show = output.isTTY ? inPlace(output, now) : inLines(output);
  return (event) => {
    if (event.kind === 'start') output.write(`${event.tag}: Pulling from ${event.repository}\n`);
    else show(event);
  };
}

type LayerEvent = Extract<PullEvent, { kind: 'layer' }>;

function inLines(output: Output): (event: LayerEvent) => void {
  return ({ digest, phase }) => {
    if (phase !== 'downloading') output.write(`${short(digest)}: ${WORDS[phase]}\n`);
  };
}

function inPlace(output: Output, now: () => number): (event: LayerEvent) => void {
  const rows = new Map<string, number>();
  let shown = 0;
  return (event) => {
    const { digest, phase } = event;
    const row = rows.get(digest);
    const text = `${short(digest)}: ${WORDS[phase]}${phase === 'downloading' ? ` ${bar(event)}` : ''}`;
    const line = text.slice(0, Math.max(20, (output.columns ?? 80) - 1));
    if (row === undefined) {
      rows.set(digest, rows.size);
      output.write(`${line}\n`);
      return;
    }
    if (phase === 'downloading' && now() - shown < PAUSE) return;
    shown = now();
    const up = rows.size - row;
    output.write(`\u001b[${up}A\r\u001b[2K${line}\r\u001b[${up}B`);
  };
}

/** `[==>    ]  1.2MB/3MB` */
function bar({ current, total }: LayerEvent): string {
  const done = total === 0 ? BAR : Math.floor((current / total) * BAR);
  const arrow = done === 0 ? '' : `${'='.repeat(done - 1)}>`;
  return `[${arrow.padEnd(BAR)}]  ${formatSize(current)}/${formatSize(total)}`;
}

function short(digest: string): string {
  const start = digest.indexOf(':') + 1;
  return digest.slice(start, start + SHORT_DIGEST);
}
