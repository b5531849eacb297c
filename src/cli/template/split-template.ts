import { templateError } from './template-error.ts';

/** Text, or what stands between `{{` and `}}`. */
export type Part = { kind: 'text'; text: string } | { kind: 'action'; words: Word[] };

export type Word =
  | { kind: 'name'; text: string }
  /** `.`, `.A.B`: names after the dot. */
  | { kind: 'fields'; names: string[] }
  /** `$`, `$x`, with fields after it. */
  | { kind: 'variable'; name: string; names: string[] }
  | { kind: 'literal'; value: string | number }
  | { kind: 'sign'; text: '(' | ')' | '|' | ':=' | '=' | ',' };

const WORD =
  /\s*(?:(?<string>"(?:[^"\\\n]|\\.)*")|`(?<raw>[^`]*)`|(?<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?![\w.]))|(?<variable>\$\w*)(?<after>(?:\.[A-Za-z_]\w*)*)|(?<fields>(?:\.[A-Za-z_]\w*)+|\.)|(?<name>[A-Za-z_]\w*)|(?<sign>:=|[()|=,]))/y;

/** Splits a template; `{{-` and `-}}` eat the white space beside them, `{{/* … *\/}}` is a comment. */
export function splitTemplate(text: string): Part[] {
  const parts: Part[] = [];
  let trimNext = false;
  for (let from = 0; ; ) {
    const open = text.indexOf('{{', from);
    let plain = text.slice(from, open < 0 ? undefined : open);
    if (trimNext) plain = plain.trimStart();
    const trimBefore = open >= 0 && /^\{\{-\s/.test(text.slice(open, open + 4));
    if (trimBefore) plain = plain.trimEnd();
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    if (open < 0) return parts;
    const action = readAction(text, open + (trimBefore ? 3 : 2));
    if (action.words !== undefined) parts.push({ kind: 'action', words: action.words });
    trimNext = action.trimAfter;
    from = action.end;
  }
}

interface Action {
  /** None for a comment. */
  words: Word[] | undefined;
  trimAfter: boolean;
  end: number;
}

function readAction(text: string, start: number): Action {
  const comment = /\s*\/\*.*?\*\/(\s+-)?\}\}/sy;
  comment.lastIndex = start;
  const found = comment.exec(text);
  if (found !== null) return { words: undefined, trimAfter: found[1] !== undefined, end: comment.lastIndex };
  const words: Word[] = [];
  const close = /(\s+-)?\s*\}\}/y;
  for (let at = start; ; ) {
    close.lastIndex = at;
    const closing = close.exec(text);
    if (closing !== null) return { words, trimAfter: closing[1] !== undefined, end: close.lastIndex };
    WORD.lastIndex = at;
    const match = WORD.exec(text);
    if (match === null) throw unreadable(text, at);
    words.push(toWord(match.groups ?? {}));
    at = WORD.lastIndex;
  }
}

function unreadable(text: string, at: number): Error {
  const rest = text.slice(at).trim();
  return templateError(
    rest === '' || !text.slice(at).includes('}}') ? 'unclosed action' : `unexpected '${[...rest][0]}'`,
  );
}

function toWord(groups: Readonly<Record<string, string | undefined>>): Word {
  const { string, raw, number, variable, after, fields, name } = groups;
  if (string !== undefined) return { kind: 'literal', value: unquote(string) };
  if (raw !== undefined) return { kind: 'literal', value: raw };
  if (number !== undefined) return { kind: 'literal', value: Number(number) };
  if (variable !== undefined) return { kind: 'variable', name: variable, names: namesOf(after ?? '') };
  if (fields !== undefined) return { kind: 'fields', names: namesOf(fields) };
  if (name !== undefined) return { kind: 'name', text: name };
  return { kind: 'sign', text: signOf(groups.sign) };
}

function signOf(text: string | undefined): '(' | ')' | '|' | ':=' | '=' | ',' {
  const signs = ['(', ')', '|', ':=', '=', ','] as const;
  return signs.find((sign) => sign === text) ?? ',';
}

function namesOf(text: string): string[] {
  return text.split('.').filter(Boolean);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gi, (_, hex, unicode, letter: string) => {
    const code: string | undefined = hex ?? unicode;
    return code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCodePoint(Number.parseInt(code, 16));
  });
}
