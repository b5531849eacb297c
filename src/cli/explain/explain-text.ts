import { getSystemErrorMap } from 'node:util';
import type { StepRecord } from '../../spec/index.ts';
import type { Colors } from '../text/colors.ts';
import { formatTime } from '../text/format-time.ts';
import { paragraph } from '../text/wrap.ts';
import { HEADINGS } from './headings.ts';
import { shortenCall } from './shorten-call.ts';
import { isMeasured, type Summary, summarise } from './summarise.ts';

export interface Look {
  width: number;
  paint: Colors;
}

/** Steps in order, each with its reason and its calls, under headings that say what they are for; then what it all took. */
export function explainText(steps: readonly StepRecord[], look: Look): string {
  const lines: string[] = [];
  const explained = new Set<string>();
  let before: StepRecord | undefined;
  for (const [index, step] of steps.entries()) {
    if (step.heading !== before?.heading) lines.push(...headingLines(step.heading, explained, look));
    if (before === undefined || !isSameStep(step, before)) lines.push(titleLine(steps.slice(index), look));
    lines.push(callLine(step, look));
    before = step;
  }
  const exactly = isMeasured(steps) ? '' : 'at least ';
  return `${[...lines, ...summaryLines(summarise(steps), exactly, look)].join('\n')}\n`;
}

function isSameStep(one: StepRecord, other: StepRecord): boolean {
  const keys = ['title', 'heading', 'process', 'batch'] as const;
  return keys.every((key) => one[key] === other[key]);
}

function headingLines(heading: string, explained: Set<string>, { width, paint }: Look): string[] {
  const again = explained.has(heading);
  explained.add(heading);
  const text = again || !Object.hasOwn(HEADINGS, heading) ? undefined : HEADINGS[heading];
  const body = text === undefined ? [] : [paint.dim(paragraph(text, { width: Math.min(width, 100), indent: 2 }))];
  return ['', paint.bold(paint.cyan(again ? `${heading} (continued)` : heading)), ...body];
}

/** What the step is for, where and in which batch its calls were made, and what they took together. */
function titleLine(rest: readonly StepRecord[], { width, paint }: Look): string {
  const [first] = rest;
  if (first === undefined) return '';
  const { title, because, process, batch } = first;
  const reason = because === undefined ? '' : ` (${because})`;
  const place = ` in ${process}${batch === undefined ? '' : `, batch ${batch}`}`;
  const end = rest.findIndex((step) => !isSameStep(step, first));
  const own = end === -1 ? rest : rest.slice(0, end);
  const times = own.flatMap(({ duration }) => (duration === undefined ? [] : [duration]));
  const text = `  ${paint.bold(title)}${paint.yellow(reason)}${paint.dim(place)}`;
  if (times.length < 2) return text; // the call itself says it
  const time = formatTime(times.reduce((sum, one) => sum + one, 0));
  const used = 2 + title.length + reason.length + place.length;
  return `${text}${' '.repeat(Math.max(2, width - used - time.length))}${paint.dim(time)}`;
}

/** `    mount("proc", …) = 0      35 µs`, with the time at the right edge. */
function callLine({ call, value, duration }: StepRecord, { width, paint }: Look): string {
  const time = duration === undefined ? '' : formatTime(duration);
  const result = value === undefined ? '' : ` = ${value < 0 ? errorName(value) : value}`;
  const room = width - 4 - result.length - (time === '' ? 0 : time.length + 2);
  const shown = shortenCall(call, Math.max(20, room));
  const left = `    ${shown}${result}`;
  const coloured = `    ${shown}${value !== undefined && value < 0 ? paint.red(result) : paint.dim(result)}`;
  return time === ''
    ? coloured
    : `${coloured}${' '.repeat(Math.max(2, width - left.length - time.length))}${paint.dim(time)}`;
}

/** `-17 EEXIST` */
function errorName(value: number): string {
  const name = getSystemErrorMap().get(value)?.[0];
  return name === undefined ? String(value) : `${value} ${name}`;
}

function summaryLines(summary: Summary, exactly: string, { paint }: Look): string[] {
  const { calls, processes, roundTrips, elapsed, headings } = summary;
  const total = elapsed === undefined ? '' : ` in ${formatTime(elapsed)}`;
  const first = `${count(calls, 'call')} in ${count(processes, 'process')}, ${exactly}${count(roundTrips, 'round trip')}${total}`;
  const widest = Math.max(...headings.map(({ heading }) => heading.length));
  const rows = headings.map(({ heading, calls: own, duration }) => {
    const time = duration === undefined ? '' : formatTime(duration).padStart(10);
    return `  ${heading.padEnd(widest)}${String(own).padStart(6)}${time}`;
  });
  const columns = `  ${''.padEnd(widest)}${'calls'.padStart(6)}${elapsed === undefined ? '' : 'time'.padStart(10)}`;
  return ['', paint.bold(first), paint.dim(columns), ...rows];
}

function count(number: number, noun: string): string {
  const plural = noun.endsWith('s') ? `${noun}es` : `${noun}s`;
  return `${number} ${number === 1 ? noun : plural}`;
}
