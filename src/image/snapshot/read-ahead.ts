import type { Readable } from 'node:stream';

/**
 * The chunks of a stream one by one, while it is told to go on before they are taken: what makes them and what takes them
 * then work at the same time. Node's own iteration would join all that waits into one new buffer.
 * @param limit bytes that may wait
 */
export async function* readAhead(stream: Readable, limit: number): AsyncGenerator<Buffer> {
  const waiting: Buffer[] = [];
  let bytes = 0;
  let ended = false;
  let failure: { error: unknown } | undefined;
  let wake: () => void = () => undefined;
  stream.on('data', (chunk: Buffer) => {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes >= limit) stream.pause();
    wake();
  });
  stream.once('end', () => {
    ended = true;
    wake();
  });
  stream.once('error', (error: unknown) => {
    failure = { error };
    wake();
  });
  stream.once('close', () => {
    ended = true;
    wake();
  });
  try {
    for (;;) {
      const chunk = waiting.shift();
      if (chunk) {
        bytes -= chunk.length;
        if (bytes < limit / 2) stream.resume();
        yield chunk;
      } else if (failure) throw failure.error;
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    stream.destroy();
  }
}
