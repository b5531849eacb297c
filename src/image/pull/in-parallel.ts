/**
 * Does work for each item, at most `limit` at a time, begun in their order. When one fails the others are told by their signal
 * and waited for, so that nothing goes on behind the back of the caller.
 * @param signal of the caller, passed on to all
 */
export async function inParallel<Item>(
  items: readonly Item[],
  { limit, signal }: { limit: number; signal?: AbortSignal | undefined },
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  let next = 0;
  let failed: { error: unknown } | undefined;
  const worker = async () => {
    while (next < items.length && !failed) {
      const item = items[next++];
      if (item === undefined) continue;
      try {
        await work(item, either);
      } catch (error) {
        failed ??= { error };
        stop.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failed) throw failed.error;
}
