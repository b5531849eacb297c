import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** One field of a message: its number, and how a value of it is written and read. */
export interface Field<T, Many extends boolean = boolean> {
  number: number;
  many: Many;
  wire: WireType;
  write(writer: BinaryWriter, value: T): void;
  read(reader: BinaryReader): T;
}

type Fields = Readonly<Record<string, unknown>>;

/** What a message of these fields holds; one that was not set is not there. */
export type MessageOf<F extends Fields> = {
  -readonly [K in keyof F]?: F[K] extends Field<infer T, infer Many> ? (Many extends true ? T[] : T) : never;
};

/** A kind of message by the names of its fields. */
export interface Message<F extends Fields> {
  encode(value: MessageOf<F>): Uint8Array;
  decode(bytes: Uint8Array): MessageOf<F>;
}

export function int32(number: number): Field<number, false> {
  return { number, many: false, wire: WireType.Varint, write: (w, v) => w.int32(v), read: (r) => r.int32() };
}

export function uint32(number: number): Field<number, false> {
  return { number, many: false, wire: WireType.Varint, write: (w, v) => w.uint32(v), read: (r) => r.uint32() };
}

export function bool(number: number): Field<boolean, false> {
  return { number, many: false, wire: WireType.Varint, write: (w, v) => w.bool(v), read: (r) => r.bool() };
}

export function text(number: number): Field<string, false> {
  return { number, many: false, wire: WireType.LengthDelimited, write: (w, v) => w.string(v), read: (r) => r.string() };
}

export function nested<F extends Fields>(number: number, kind: Message<F>): Field<MessageOf<F>, false> {
  return {
    number,
    many: false,
    wire: WireType.LengthDelimited,
    write: (w, v) => w.bytes(kind.encode(v)),
    read: (r) => kind.decode(r.bytes()),
  };
}

export function repeated<T>(field: Field<T, false>): Field<T, true> {
  return { ...field, many: true };
}

/** Fields that a sender knows and we do not are passed over. */
export function message<F extends Fields>(fields: F): Message<F> {
  const known = Object.entries(fields as Record<string, Field<unknown>>);
  return {
    encode(value) {
      const writer = new BinaryWriter();
      for (const [name, field] of known) {
        const given = value[name];
        const values: readonly unknown[] =
          given === undefined ? [] : field.many && Array.isArray(given) ? given : [given];
        for (const one of values) field.write(writer.tag(field.number, field.wire), one);
      }
      return writer.finish();
    },
    decode(bytes) {
      const reader = new BinaryReader(bytes);
      const value: Record<string, unknown> = {};
      while (reader.pos < reader.len) {
        const [number, wire] = reader.tag();
        const [name, field] = known.find(([, { number: own }]) => own === number) ?? [];
        if (name === undefined || field === undefined || wire !== field.wire) reader.skip(wire, number);
        else if (field.many) value[name] = [...((value[name] as unknown[] | undefined) ?? []), field.read(reader)];
        else value[name] = field.read(reader);
      }
      return value as MessageOf<F>;
    },
  };
}
