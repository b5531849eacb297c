import { CLD_EXITED } from './constants/signal.ts';

/** sizeof(struct exit_event), native/frame.h. */
export const EXIT_EVENT_SIZE = 24;

/** How a process ended. */
export interface ExitEvent {
  pid: number;
  /** The exit status, or undefined when a signal ended it. */
  status: number | undefined;
  signal: number | undefined;
  /** Milliseconds since 1970, with fractions. */
  time: number;
}

/** Reads struct exit_event. */
export function decodeExitEvent(bytes: Buffer): ExitEvent {
  const exited = bytes.readInt32LE(4) === CLD_EXITED;
  const status = bytes.readInt32LE(8);
  return {
    pid: bytes.readInt32LE(0),
    status: exited ? status : undefined,
    signal: exited ? undefined : status,
    time: Number(bytes.readBigUInt64LE(16)) / 1e6,
  };
}

/** The exit code that a shell gives: the status, or 128 + signal. */
export function shellExitCode(event: Pick<ExitEvent, 'status' | 'signal'>): number {
  return event.status ?? 128 + (event.signal ?? 0);
}
