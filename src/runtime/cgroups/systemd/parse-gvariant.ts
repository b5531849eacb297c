import { membersOf, splitSignature } from './dbus/signature.ts';
import type { DBusValue, Variant } from './dbus/value.ts';

/** Words that may stand before a value for its type. */
const KEYWORDS: Readonly<Record<string, string>> = {
  ...{ boolean: 'b', byte: 'y', int16: 'n', uint16: 'q', int32: 'i', uint32: 'u', int64: 'x', uint64: 't' },
  ...{ double: 'd', string: 's', objectpath: 'o', signature: 'g' },
};
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};
const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  ...{ y: [0n, 255n], n: [-(2n ** 15n), 2n ** 15n - 1n], q: [0n, 2n ** 16n - 1n], i: [-(2n ** 31n), 2n ** 31n - 1n] },
  ...{ u: [0n, 2n ** 32n - 1n], x: [-(2n ** 63n), 2n ** 63n - 1n], t: [0n, 2n ** 64n - 1n] },
};

/**
 * Reads a value in GVariant's text format: `true`, `'text'`, `uint64 5`, `['a', 'b']`, `@as []`, `('a', 5)`, `<5>`.
 * Dictionaries, maybes and strings of bytes are left out: no property of a unit is one.
 * @throws SyntaxError
 */
export function parseGvariant(text: string): Variant {
  const parser = new Parser(text);
  const value = parser.value(undefined);
  parser.end();
  return value;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** `type`: what is expected, where that is known. */
  value(type: string | undefined): Variant {
    const named = this.#take(/@(\S+)/y)?.[1] ?? KEYWORDS[this.#take(/[a-z]+\d*(?=\s)/y)?.[0] ?? ''];
    if (named !== undefined && splitSignature(named).length !== 1) throw this.#problem();
    const wanted = named ?? type;
    if (this.#take(/\[/y)) return this.#array(wanted);
    if (this.#take(/\(/y)) return this.#tuple(wanted);
    if (this.#take(/</y)) {
      const inner = this.value(undefined);
      this.#expect('>');
      return { signature: this.#checked('v', wanted), value: inner };
    }
    const word = this.#take(/true|false/y)?.[0];
    if (word !== undefined) return { signature: this.#checked('b', wanted), value: word === 'true' };
    return this.#quoted(wanted) ?? this.#number(wanted);
  }

  end(): void {
    this.#take(/$/y) ?? this.#fail();
  }

  #array(type: string | undefined): Variant {
    let element = type?.startsWith('a') ? type.slice(1) : undefined;
    if (type !== undefined && element === undefined) this.#fail();
    const items: DBusValue[] = [];
    while (!this.#take(/\]/y)) {
      if (items.length > 0) this.#expect(',');
      const item = this.value(element);
      element ??= item.signature;
      items.push(item.value);
    }
    // Nothing tells what an empty one is of.
    if (element === undefined) this.#fail();
    return { signature: `a${element}`, value: element === 'y' ? Uint8Array.from(items, Number) : items };
  }

  #tuple(type: string | undefined): Variant {
    const wanted = type === undefined ? undefined : membersOf(this.#checked('(', type[0]) && type);
    const items: Variant[] = [];
    while (!this.#take(/\)/y)) {
      if (items.length > 0) this.#expect(',');
      if (items.length === 1 && this.#take(/\)/y)) break;
      items.push(this.value(wanted?.[items.length]));
    }
    if (items.length === 0 || (wanted && wanted.length !== items.length)) this.#fail();
    return { signature: `(${items.map((i) => i.signature).join('')})`, value: items.map((i) => i.value) };
  }

  #quoted(type: string | undefined): Variant | undefined {
    const [, single, double] = this.#take(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y) ?? [];
    const quoted = single ?? double;
    if (quoted === undefined) return undefined;
    const value = quoted.replaceAll(/\\(u[0-9a-f]{4}|U[0-9a-f]{8}|.)/gi, (_, code: string) =>
      code.length > 1 ? String.fromCodePoint(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? code),
    );
    const signature = type ?? 's';
    if (!'sog'.includes(signature)) this.#fail();
    return { signature, value };
  }

  /** An integer of which nothing more is said is an int32. */
  #number(type: string | undefined): Variant {
    const digits = this.#take(/[-+]?(?:0x[0-9a-f]+|[\d.]+(?:e[-+]?\d+)?)/iy)?.[0] ?? this.#fail();
    const isWhole = /^[-+]?(?:0x[0-9a-f]+|\d+)$/i.test(digits);
    const signature = type ?? (isWhole ? 'i' : 'd');
    if (signature === 'd' && !Number.isNaN(Number(digits))) return { signature, value: Number(digits) };
    const [least, most] = RANGES[signature] ?? this.#fail();
    if (!isWhole) this.#fail();
    const magnitude = BigInt(digits.replace(/^[-+]/, ''));
    const value = digits.startsWith('-') ? -magnitude : magnitude;
    if (value < least || value > most) throw new SyntaxError(`${digits} is no ${signature} of D-Bus`);
    return { signature, value: signature === 'x' || signature === 't' ? value : Number(value) };
  }

  #checked(signature: string, wanted: string | undefined): string {
    if (wanted !== undefined && wanted !== signature) this.#fail();
    return signature;
  }

  #expect(mark: string): void {
    this.#take(mark === ',' ? /,/y : />/y) ?? this.#fail();
  }

  /** Spaces before it do not matter. */
  #take(pattern: RegExp): RegExpExecArray | undefined {
    this.#at += /^\s*/.exec(this.#text.slice(this.#at))?.[0].length ?? 0;
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? undefined;
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #fail(): never {
    throw this.#problem();
  }

  #problem(): SyntaxError {
    return new SyntaxError(`'${this.#text}' is no value in GVariant's text format, from character ${this.#at + 1} on`);
  }
}
