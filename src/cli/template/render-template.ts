import { FUNCTIONS } from './functions.ts';
import { fieldOf, type GoValue, isTrue, print, sortedEntries } from './go-value.ts';
import type { Command, Node, Operand, Pipeline } from './node.ts';
import { parseTemplate } from './parse-template.ts';
import { templateError } from './template-error.ts';

/** A template that was read and can be filled in many times. */
export type Template = (data: GoValue) => string;

/**
 * Reads a template for `--format`. Go's syntax, with fields, variables, pipelines, if, with, range, and the functions of
 * Docker's documentation.
 * @throws KeelsonError `TEMPLATE`, here and when it is filled in
 */
export function compileTemplate(text: string): Template {
  const nodes = parseTemplate(text);
  return (data) => new Renderer(data).render(nodes);
}

/** Variables of a block and of those around it. */
class Scope {
  readonly #values = new Map<string, GoValue>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  get(name: string): GoValue {
    if (this.#values.has(name)) return this.#values.get(name);
    if (this.#outer === undefined) throw templateError(`there is no variable ${name}`);
    return this.#outer.get(name);
  }

  declare(name: string, value: GoValue): this {
    this.#values.set(name, value);
    return this;
  }

  assign(name: string, value: GoValue): void {
    if (this.#values.has(name) || this.#outer === undefined) this.#values.set(name, value);
    else this.#outer.assign(name, value);
  }
}

interface Place {
  dot: GoValue;
  scope: Scope;
}

type Flow = 'next' | 'break' | 'continue';

class Renderer {
  readonly #data: GoValue;
  #output = '';

  constructor(data: GoValue) {
    this.#data = data;
  }

  render(nodes: readonly Node[]): string {
    this.#walk(nodes, { dot: this.#data, scope: new Scope().declare('$', this.#data) });
    return this.#output;
  }

  #walk(nodes: readonly Node[], place: Place): Flow {
    for (const node of nodes) {
      const flow = this.#visit(node, place);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  #visit(node: Node, place: Place): Flow {
    const { dot, scope } = place;
    const inner = (value = dot): Place => ({ dot: value, scope: new Scope(scope) });
    switch (node.kind) {
      case 'text':
        this.#output += node.text;
        return 'next';
      case 'print':
        this.#output += print(evaluate(node.pipeline, place));
        return 'next';
      case 'assign': {
        const value = evaluate(node.pipeline, place);
        if (node.declare) scope.declare(node.name, value);
        else scope.assign(node.name, value);
        return 'next';
      }
      case 'if':
        return this.#walk(isTrue(evaluate(node.pipeline, place)) ? node.then : node.otherwise, inner());
      case 'with': {
        const value = evaluate(node.pipeline, place);
        return isTrue(value) ? this.#walk(node.then, inner(value)) : this.#walk(node.otherwise, inner());
      }
      case 'range':
        return this.#range(node, place);
      default:
        return node.kind;
    }
  }

  #range(node: Extract<Node, { kind: 'range' }>, place: Place): Flow {
    const entries = entriesOf(evaluate(node.pipeline, place));
    if (entries.length === 0) return this.#walk(node.otherwise, { dot: place.dot, scope: new Scope(place.scope) });
    for (const [key, value] of entries) {
      const scope = new Scope(place.scope);
      if (node.key !== undefined) scope.declare(node.key, key);
      if (node.value !== undefined) scope.declare(node.value, value);
      if (this.#walk(node.body, { dot: value, scope }) === 'break') break;
    }
    return 'next';
  }
}

function entriesOf(value: GoValue): [GoValue, GoValue][] {
  if (value === null || value === undefined) return [];
  if (value instanceof Map) return sortedEntries(value);
  if (Array.isArray(value)) return value.map((own: GoValue, index): [GoValue, GoValue] => [index, own]);
  throw templateError(`cannot range over ${print(value)}`);
}

function evaluate(pipeline: Pipeline, place: Place): GoValue {
  let piped: [] | [GoValue] = [];
  for (const command of pipeline) piped = [run(command, piped, place)];
  return piped[0];
}

function run(command: Command, piped: readonly GoValue[], place: Place): GoValue {
  const [first, ...rest] = command;
  if (first === undefined) throw templateError('a value is missing');
  const given = () => [...rest.map((operand) => resolve(operand, place)), ...piped];
  if (first.kind === 'function') return call(first.name, { rest, piped, place, given });
  const value = resolve(first, place);
  if (typeof value === 'function') return value(...given());
  if (rest.length + piped.length > 0) throw templateError(`${print(value)} takes no arguments`);
  return value;
}

interface Call {
  rest: readonly Operand[];
  piped: readonly GoValue[];
  place: Place;
  given: () => GoValue[];
}

function call(name: string, { rest, piped, place, given }: Call): GoValue {
  // These two stop at the first argument that decides.
  if (name === 'and' || name === 'or') {
    let value: GoValue = piped[0];
    for (const operand of rest) {
      value = resolve(operand, place);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }
  const made = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (made === undefined) throw templateError(`there is no function ${name}`);
  return made(...given());
}

function resolve(operand: Operand, place: Place): GoValue {
  switch (operand.kind) {
    case 'literal':
      return operand.value;
    case 'dot':
      return place.dot;
    case 'variable':
      return place.scope.get(operand.name);
    case 'function':
      return call(operand.name, { rest: [], piped: [], place, given: () => [] });
    case 'pipeline':
      return evaluate(operand.pipeline, place);
    case 'fields':
      return operand.names.reduce(fieldOf, resolve(operand.of, place));
  }
}
