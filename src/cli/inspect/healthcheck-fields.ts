import type { Healthcheck } from '../../spec/index.ts';
import { GoDuration, type GoStruct } from '../template/go-value.ts';

/** A check in Docker's shape: what is inherited is left out. */
export function healthcheckFields({ Test, Retries = 0, ...times }: Healthcheck): GoStruct {
  const time = (name: keyof typeof times) => {
    const nanoseconds = times[name] ?? 0;
    return nanoseconds > 0 && { [name]: new GoDuration(nanoseconds) };
  };
  return {
    ...(Test && { Test }),
    ...time('Interval'),
    ...time('Timeout'),
    ...time('StartPeriod'),
    ...time('StartInterval'),
    ...(Retries > 0 && { Retries }),
  };
}
