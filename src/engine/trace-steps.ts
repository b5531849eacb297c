import type { TracedCall } from '../runtime/index.ts';
import { showCall } from '../runtime/index.ts';
import type { StepRecord } from '../spec/index.ts';

/** Turns what the kernel room tells of each call into what `--explain` shows. */
export function traceSteps(onStep: (step: StepRecord) => void): (traced: TracedCall) => void {
  let origin: bigint | undefined;
  return ({ process, call, batch, value, start, duration }) => {
    origin ??= start;
    onStep({
      process,
      heading: call.step?.heading ?? 'Start',
      title: call.step?.title ?? call.name,
      because: call.step?.because,
      call: showCall(call),
      batch,
      value,
      start: start === undefined || origin === undefined ? undefined : Number(start - origin),
      duration: duration === undefined ? undefined : Number(duration),
    });
  };
}
