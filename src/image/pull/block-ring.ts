/** Large, since each hand-over to another thread costs about as much as the work on some kilobytes. */
const BLOCK = 256 << 10;
/** One fills while the others are worked on. */
const BLOCKS = 3;
/** Milliseconds after which a block goes on half full: what a slow server sent is not lost when we are killed. */
const PATIENCE = 20;

/** Gathers small chunks into large blocks, and works on some while the next one fills. Their memory is used again. */
export class BlockRing {
  readonly #work: (block: Buffer) => Promise<void>;
  readonly #size: number;
  readonly #free: Buffer[] = [];
  #made = 0;
  #filling: Buffer | undefined;
  #filled = 0;
  /** Work that is not done, the oldest first. It never rejects. */
  readonly #running: Promise<void>[] = [];
  #failure: { error: unknown } | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param most bytes that will come at most
   * @param work is called with the blocks in their order; a block is used again when it has ended
   */
  constructor(most: number, work: (block: Buffer) => Promise<void>) {
    this.#work = work;
    this.#size = Math.max(1, Math.min(BLOCK, most));
  }

  /** Takes the bytes over, at once where it answers undefined. @throws what went wrong with those before */
  add(chunk: Buffer): Promise<void> | undefined {
    const waits = this.#fill(chunk);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#begin();
    }, PATIENCE);
    return waits;
  }

  #fill(chunk: Buffer): Promise<void> | undefined {
    for (let at = 0; at < chunk.length; ) {
      this.#filling ??= this.#take();
      if (!this.#filling) return this.#whenFree(chunk.subarray(at));
      const copied = chunk.copy(this.#filling, this.#filled, at);
      at += copied;
      this.#filled += copied;
      if (this.#filled === this.#filling.length) this.#begin();
    }
    return undefined;
  }

  async #whenFree(rest: Buffer): Promise<void> {
    await this.#running[0];
    await this.#fill(rest);
  }

  /** Begins with what has gathered. @throws what went wrong before */
  begin(): void {
    this.#stopTimer();
    this.#check();
    this.#begin();
  }

  /** Begins with what has gathered, and waits for all. @throws what went wrong */
  async flush(): Promise<void> {
    this.#stopTimer();
    this.#begin();
    await Promise.all(this.#running);
    this.#check();
  }

  /** Forgets what has gathered and what went wrong, and waits for what runs. */
  async clear(): Promise<void> {
    this.#stopTimer();
    this.#filled = 0;
    await Promise.all(this.#running);
    this.#failure = undefined;
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #take(): Buffer | undefined {
    this.#check();
    const free = this.#free.pop();
    if (free || this.#made === BLOCKS) return free;
    this.#made++;
    return Buffer.allocUnsafeSlow(this.#size);
  }

  #begin(): void {
    const block = this.#filling;
    if (!block || this.#filled === 0 || this.#failure) return;
    const work = this.#work(block.subarray(0, this.#filled));
    this.#filling = undefined;
    this.#filled = 0;
    const running = work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .then(() => {
        this.#running.splice(this.#running.indexOf(running), 1);
        this.#free.push(block);
      });
    this.#running.push(running);
  }
}
