import { formatSize } from '../../base/index.ts';
import type { Output } from '../context.ts';

/** What a layer is doing now. */
export interface LayerRow {
  digest: string;
  /** `Pull complete`. */
  text: string;
  /** So much of it is sent or has come; it changes often, so lines leave it out. */
  moved?: { current: number; total: number };
}

const BAR = 50;
/** Milliseconds between two looks of the terminal at the same phase. */
const PAUSE = 80;
const SHORT_DIGEST = 12;

/**
 * Tells what layers do: a line for each change; on a terminal a line for each layer, which changes in its place.
 * @param now milliseconds
 */
export function layerRows(output: Output, now: () => number): (row: LayerRow) => void {
  return output.isTTY ? inPlace(output, now) : inLines(output);
}

function inLines(output: Output): (row: LayerRow) => void {
  return ({ digest, text, moved }) => {
    if (!moved) output.write(`${short(digest)}: ${text}\n`);
  };
}

function inPlace(output: Output, now: () => number): (row: LayerRow) => void {
  const rows = new Map<string, number>();
  let shown = 0;
  return ({ digest, text, moved }) => {
    const row = rows.get(digest);
    const whole = `${short(digest)}: ${text}${moved ? ` ${bar(moved)}` : ''}`;
    const line = whole.slice(0, Math.max(20, (output.columns ?? 80) - 1));
    if (row === undefined) {
      rows.set(digest, rows.size);
      output.write(`${line}\n`);
      return;
    }
    if (moved && now() - shown < PAUSE) return;
    shown = now();
    const up = rows.size - row;
    // It has gone out at the top, where nothing can be changed.
    if (up >= (output.rows ?? Number.POSITIVE_INFINITY)) return;
    output.write(`\u001b[${up}A\r\u001b[2K${line}\r\u001b[${up}B`);
  };
}

/** `[==>    ]  1.2MB/3MB` */
function bar({ current, total }: { current: number; total: number }): string {
  const done = total === 0 ? BAR : Math.floor((current / total) * BAR);
  const arrow = done === 0 ? '' : `${'='.repeat(done - 1)}>`;
  return `[${arrow.padEnd(BAR)}]  ${formatSize(current)}/${formatSize(total)}`;
}

function short(digest: string): string {
  const start = digest.indexOf(':') + 1;
  return digest.slice(start, start + SHORT_DIGEST);
}
