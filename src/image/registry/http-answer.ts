/** What a server answered. */
export interface HttpAnswer {
  status: number;
  /** Undefined: it was not sent. */
  header(name: string): string | undefined;
  /** One of its methods is to be called, or the connection stays busy. */
  body: AnswerBody;
  /** Where it came from in the end. */
  url: URL;
}

export interface AnswerBody {
  /**
   * Gives the body in chunks. The memory of one is used again when `take` has ended, at once where that answers undefined.
   * @throws what broke the connection, or what `take` throws, after which no more comes
   */
  each(take: (chunk: Buffer) => Promise<void> | undefined): Promise<void>;
  /** Frees the connection without reading what is left. */
  discard(): Promise<void>;
}
