/**
 * One flag of a command. `Value` is what the command gets; texts on the command line are added to it one after the other,
 * so that a flag which may be repeated and one whose last occurrence wins are the same thing with another `add`.
 */
export interface Flag<Value> {
  /** One letter, without the dash. */
  readonly short?: string;
  /** Other long names that are understood and not shown. */
  readonly aliases?: readonly string[];
  /** What help shows after the name: `SIZE`. Empty: the flag is a switch. */
  readonly placeholder: string;
  /** What the flag means when nothing follows it: `true` for a switch, `text` for `--explain[=FORMAT]`. */
  readonly bare?: string;
  /** One line, in sentence form without a full stop. */
  readonly help: string;
  /** The heading of the help under which it stands. */
  readonly group?: string;
  /** What the shell offers after it. */
  readonly complete?: Completion;
  readonly initial: Value;
  /** @throws KeelsonError `invalid`, whose message says what is expected: "expected a size such as 64m" */
  add(previous: Value, text: string): Value;
}

/** What the shell offers: files, folders, containers, images, or these words. */
export type Completion = 'file' | 'folder' | 'container' | 'image' | readonly string[];

/** A command's flags by their long names. */
// biome-ignore lint/suspicious/noExplicitAny: a flag takes and gives its own type; a table of flags of all types has no other bound
export type Flags = Readonly<Record<string, Flag<any>>>;

/** What a command gets from its flags. */
export type FlagValues<Table extends Flags> = {
  readonly [Name in keyof Table]: Table[Name] extends Flag<infer Value> ? Value : never;
};

/** What is common to all makers of flags. */
export interface FlagOptions {
  short?: string;
  aliases?: readonly string[];
  group?: string;
  complete?: Completion;
}
