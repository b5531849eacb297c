import { KeelsonError } from '../../base/index.ts';
import type { CliContext, Input } from '../context.ts';
import { rawTerminal } from './raw-terminal.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const RUBOUT: ReadonlySet<string> = new Set(['\u0008', '\u007f']);
/** Bytes; nobody types more. */
const LONGEST = 1 << 20;

/** Reads what a person types; the prompts go to stdout, as Docker's do. */
export class Prompter implements AsyncDisposable {
  readonly #context: Pick<CliContext, 'stdout' | 'signals'>;
  readonly #input: Input;
  readonly #chunks: AsyncIterator<Uint8Array | string>;
  #rest = '';

  constructor(context: Pick<CliContext, 'stdin' | 'stdout' | 'signals'>) {
    this.#context = context;
    this.#input = context.stdin;
    this.#chunks = chunksOf(this.#input);
  }

  /** A line that is shown as it is typed. */
  async line(prompt: string): Promise<string> {
    this.#context.stdout.write(prompt);
    while (!this.#rest.includes('\n')) if (!(await this.#more())) break;
    const [line = '', ...rest] = this.#rest.split('\n');
    this.#rest = rest.join('\n');
    return line.replace(/\r$/, '');
  }

  /** A line of which nothing is shown. @throws KeelsonError `CANCELLED` on Ctrl-C */
  async secret(prompt: string): Promise<string> {
    using _raw = await rawTerminal(this.#input, this.#context.signals, true);
    this.#context.stdout.write(prompt);
    try {
      let typed = '';
      for (;;) {
        if (this.#rest === '' && !(await this.#more())) return typed;
        const [key = ''] = this.#rest;
        this.#rest = this.#rest.slice(key.length);
        if (key === '\r' || key === '\n' || key === CTRL_D) return typed;
        if (key === CTRL_C) throw new KeelsonError('cancelled', 'nobody logged in', { code: 'CANCELLED' });
        if (key === CTRL_U) typed = '';
        else typed = RUBOUT.has(key) ? typed.slice(0, -1) : typed + key;
      }
    } finally {
      this.#context.stdout.write('\r\n');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Else this program would wait for more.
    await this.#chunks.return?.();
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#chunks.next();
    if (done || this.#rest.length > LONGEST) return false;
    this.#rest += typeof value === 'string' ? value : Buffer.from(value).toString();
    return true;
  }
}

/** All of the standard input, which is no terminal. */
export async function readInput(input: Input): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const iterator = chunksOf(input);
  for (let next = await iterator.next(); !next.done && size <= LONGEST; next = await iterator.next()) {
    chunks.push(Buffer.from(next.value));
    size += next.value.length;
  }
  return Buffer.concat(chunks).toString();
}

function chunksOf(input: Input): AsyncIterator<Uint8Array | string> {
  const iterate = input[Symbol.asyncIterator];
  if (iterate) return iterate.call(input);
  return { next: async () => ({ value: undefined, done: true }) };
}
