import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { OciContext } from './oci-context.ts';

export type LogLevel = 'debug' | 'warning' | 'error';

/** Where `--log` leads, in the form that `--log-format` names: lines as logrus writes them, which engines parse. */
export class RuntimeLog {
  readonly #context: OciContext;
  readonly #file: string | undefined;
  readonly #json: boolean;

  constructor(context: OciContext, { file, json }: { file: string | undefined; json: boolean }) {
    this.#context = context;
    this.#file = file === undefined || file === '' ? undefined : resolve(context.folder, file);
    this.#json = json;
  }

  write(level: LogLevel, message: string): void {
    const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const line = this.#json
      ? JSON.stringify({ level, msg: message, time })
      : `time="${time}" level=${level} msg=${quote(message)}`;
    if (this.#file === undefined) this.#context.printError(`${line}\n`);
    // The caller may have made a pipe or a file of it; it is for us to append alone.
    else appendFileSync(this.#file, `${line}\n`, { mode: 0o644 });
  }

  /** The reason of a failure: to the log and, when that is a file, to the person as well. */
  fail(message: string): void {
    this.write('error', message);
    if (this.#file !== undefined) this.#context.printError(`${message}\n`);
  }
}

/** logrus leaves plain words without quotes. */
function quote(text: string): string {
  return /^[\w./@^+-]+$/.test(text) ? text : JSON.stringify(text);
}
