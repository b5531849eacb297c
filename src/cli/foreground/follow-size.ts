import type { RunningProcess } from '../../spec/index.ts';
import type { Output, SignalSource } from '../context.ts';

/** The size of the terminal that an output leads to, where it leads to one. */
export function terminalSize(output: Output): { columns: number; rows: number } | undefined {
  const { isTTY, columns, rows } = output;
  return isTTY === true && columns !== undefined && rows !== undefined ? { columns, rows } : undefined;
}

/** Keeps the size of a process's terminal that of ours, until disposed. */
export function followSize(process: RunningProcess, output: Output, signals: SignalSource): Disposable {
  const follow = () => {
    const size = terminalSize(output);
    // A process that has just ended has no terminal; its end is told elsewhere.
    if (size !== undefined) process.resize(size.columns, size.rows).catch(() => undefined);
  };
  signals.on('SIGWINCH', follow);
  follow(); // it may have changed while the container was being made
  return { [Symbol.dispose]: () => void signals.off('SIGWINCH', follow) };
}
