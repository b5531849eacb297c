import { EventEmitter } from 'node:events';
import type { HostReport } from '../../spec/index.ts';
import type { CliContext, Input, Output } from '../context.ts';
import { main } from '../main.ts';
import { CREATED } from './container-state.ts';
import { FakeEngine } from './fake-engine.ts';

/** A stream that keeps what is written to it. */
class MemoryOutput implements Output {
  text = '';
  isTTY = false;
  columns: number | undefined;
  rows: number | undefined;

  write(chunk: string | Uint8Array): boolean {
    this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return true;
  }
}

/** A terminal that remembers its modes. */
export class FakeTerminal {
  isTTY = true;
  readonly modes: boolean[] = [];

  setRawMode(raw: boolean): void {
    this.modes.push(raw);
  }
}

/** The world of a command line in a test: a fake engine, streams in memory, signals sent by hand. */
export class TestWorld implements CliContext {
  readonly engine = new FakeEngine();
  readonly stdout = new MemoryOutput();
  readonly stderr = new MemoryOutput();
  readonly events = new EventEmitter();
  readonly endedBy: string[] = [];
  stdin: FakeTerminal | Input = {};
  env: Record<string, string | undefined> = {};
  folder = '/work';

  readonly signals = {
    on: (signal: string, listener: () => void) => void this.events.on(signal, listener),
    off: (signal: string, listener: () => void) => void this.events.off(signal, listener),
    endBy: (signal: string) => void this.endedBy.push(signal),
  };

  now = () => CREATED + 65_000;
  openEngine = async () => this.engine;
  cleanUp = async () => undefined;
  keepHealth = async () => undefined;
  examineHost = async (): Promise<HostReport> => ({ checks: [] });

  /** Runs one command line, given as words. */
  run(...args: string[]): Promise<number> {
    return main(args, this);
  }

  /** Lets everything that is ready go on. */
  settle(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 20));
  }
}
