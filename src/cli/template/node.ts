/** A piece of a template, as Go's text/template has them. */
export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'print'; pipeline: Pipeline }
  | { kind: 'assign'; name: string; declare: boolean; pipeline: Pipeline }
  | { kind: 'if'; pipeline: Pipeline; then: Node[]; otherwise: Node[] }
  | { kind: 'with'; pipeline: Pipeline; then: Node[]; otherwise: Node[] }
  | { kind: 'range'; key?: string; value?: string; pipeline: Pipeline; body: Node[]; otherwise: Node[] }
  | { kind: 'break' }
  | { kind: 'continue' };

/** Commands joined by `|`: what one gives is the last argument of the next. */
export type Pipeline = readonly Command[];

/** A function or value with its arguments: `index .Config.Labels "a"`. */
export type Command = readonly Operand[];

export type Operand =
  | { kind: 'literal'; value: string | number | boolean | undefined }
  | { kind: 'dot' }
  | { kind: 'variable'; name: string }
  | { kind: 'function'; name: string }
  | { kind: 'pipeline'; pipeline: Pipeline }
  /** `.State.Pid` of the value before it. */
  | { kind: 'fields'; of: Operand; names: readonly string[] };
