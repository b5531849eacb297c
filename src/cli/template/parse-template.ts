import type { Command, Node, Operand, Pipeline } from './node.ts';
import { type Part, splitTemplate, type Word } from './split-template.ts';
import { templateError } from './template-error.ts';

/** Reads a template in the subset of Go's text/template that Docker's documentation uses. */
export function parseTemplate(text: string): Node[] {
  const reader = new NodeReader(splitTemplate(text));
  const { nodes, end } = reader.read();
  if (end !== undefined) throw templateError(`unexpected {{${end}}}`);
  return nodes;
}

type End = 'end' | 'else' | undefined;

class NodeReader {
  readonly #parts: readonly Part[];
  #next = 0;
  /** Words after `else` that began with `if` or `with`. */
  #elseWords: Word[] = [];

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  /** Nodes up to an `end` or `else`, or the end of the text. */
  read(): { nodes: Node[]; end: End } {
    const nodes: Node[] = [];
    for (;;) {
      const part = this.#parts[this.#next++];
      if (part === undefined) return { nodes, end: undefined };
      if (part.kind === 'text') {
        nodes.push(part);
        continue;
      }
      const [first, ...rest] = part.words;
      if (first?.kind === 'name' && (first.text === 'end' || first.text === 'else')) {
        this.#elseWords = rest;
        return { nodes, end: first.text };
      }
      nodes.push(this.#action(part.words));
    }
  }

  #action(words: Word[]): Node {
    const [first, ...rest] = words;
    if (first?.kind !== 'name') return printOrAssign(words);
    if (first.text === 'break' || first.text === 'continue') return { kind: first.text };
    if (first.text === 'if' || first.text === 'with') {
      return { kind: first.text, pipeline: readPipeline(rest), ...this.#branches() };
    }
    if (first.text === 'range') {
      const { names, pipeline } = readRange(rest);
      const { then: body, otherwise } = this.#branches();
      const [key, value] = names.length === 1 ? [undefined, names[0]] : names;
      return { kind: 'range', pipeline, body, otherwise, ...(key && { key }), ...(value && { value }) };
    }
    return printOrAssign(words);
  }

  #branches(): { then: Node[]; otherwise: Node[] } {
    const { nodes: then, end } = this.read();
    if (end === undefined) throw templateError('{{end}} is missing');
    if (end === 'end') return { then, otherwise: [] };
    // `else if` is an if within the else that shares its end.
    if (this.#elseWords.length > 0) return { then, otherwise: [this.#action(this.#elseWords)] };
    const rest = this.read();
    if (rest.end !== 'end') throw templateError('{{end}} is missing');
    return { then, otherwise: rest.nodes };
  }
}

function printOrAssign(words: readonly Word[]): Node {
  const [first, second] = words;
  if (first?.kind === 'variable' && second?.kind === 'sign' && (second.text === ':=' || second.text === '=')) {
    return { kind: 'assign', name: first.name, declare: second.text === ':=', pipeline: readPipeline(words.slice(2)) };
  }
  return { kind: 'print', pipeline: readPipeline(words) };
}

/** `$key, $value := pipeline`, `$value := pipeline` or `pipeline`. */
function readRange(words: readonly Word[]): { names: string[]; pipeline: Pipeline } {
  const declare = words.findIndex((word) => word.kind === 'sign' && word.text === ':=');
  const names = words.slice(0, Math.max(declare, 0)).flatMap((word) => (word.kind === 'variable' ? [word.name] : []));
  if (names.length > 2) throw templateError('range declares at most two variables');
  return { names, pipeline: readPipeline(words.slice(declare + 1)) };
}

function readPipeline(words: readonly Word[]): Pipeline {
  const reader = new PipelineReader(words);
  const pipeline = reader.read();
  if (!reader.done) throw templateError("unexpected ')'");
  return pipeline;
}

class PipelineReader {
  readonly #words: readonly Word[];
  #next = 0;

  constructor(words: readonly Word[]) {
    this.#words = words;
  }

  get done(): boolean {
    return this.#next >= this.#words.length;
  }

  read(): Pipeline {
    const commands: Command[] = [];
    let command: Operand[] = [];
    for (; !this.done; this.#next++) {
      const word = this.#words[this.#next];
      if (word === undefined || (word.kind === 'sign' && word.text === ')')) break;
      if (word.kind === 'sign' && word.text === '|') {
        commands.push(checked(command));
        command = [];
      } else {
        command.push(this.#operand(word));
      }
    }
    return [...commands, checked(command)];
  }

  #operand(word: Word): Operand {
    switch (word.kind) {
      case 'literal':
        return word;
      case 'fields':
        return withFields({ kind: 'dot' }, word.names);
      case 'variable':
        return withFields({ kind: 'variable', name: word.name }, word.names);
      case 'name':
        return named(word.text);
      case 'sign':
        if (word.text === '(') return this.#parenthesis();
        throw templateError(`unexpected '${word.text}'`);
    }
  }

  /** `(index .Ports 0).HostPort`: fields may follow the closing one. */
  #parenthesis(): Operand {
    this.#next += 1;
    const pipeline = this.read();
    if (this.done) throw templateError("')' is missing");
    const after = this.#words[this.#next + 1];
    if (after?.kind !== 'fields' || after.names.length === 0) return { kind: 'pipeline', pipeline };
    this.#next += 1;
    return withFields({ kind: 'pipeline', pipeline }, after.names);
  }
}

function checked(command: readonly Operand[]): Command {
  if (command.length === 0) throw templateError('a value is missing');
  return command;
}

function withFields(of: Operand, names: readonly string[]): Operand {
  return names.length === 0 ? of : { kind: 'fields', of, names };
}

function named(text: string): Operand {
  if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true' };
  return text === 'nil' ? { kind: 'literal', value: undefined } : { kind: 'function', name: text };
}
