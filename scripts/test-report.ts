import type { EventData } from 'node:test';

/** The events of the test runner that this looks at; all others pass by. */
export interface TestEvent {
  type: string;
  data: Partial<EventData.TestPass> & { message?: string; duration_ms?: number; level?: 'error' };
}

/**
 * Passes the runner's events on, and adds an error line before its summary when tests were skipped: where everything
 * can run, a skipped test looks like a passed one and nobody notices what is no longer tested.
 *
 * @param source events of `run()` from `node:test`
 * @param onSkipped called once, before the summary, with the names of the skipped tests, if there are any
 */
export async function* reportSkipped(
  source: AsyncIterable<TestEvent>,
  onSkipped: (names: string[]) => void,
): AsyncGenerator<TestEvent> {
  const names: string[] = [];
  let ended = false;
  for await (const event of source) {
    if (event.type === 'test:pass' && event.data.skip !== undefined) names.push(event.data.name ?? '?');
    // The summary is a list of diagnostics of the root, and nothing else comes there.
    if (!ended && event.type === 'test:diagnostic' && /^tests \d+$/.test(event.data.message ?? '')) {
      ended = true;
      if (names.length > 0) {
        const message = `${names.length} skipped, which counts as failed in CI and as root: ${names.join(', ')}`;
        yield { type: 'test:diagnostic', data: { nesting: 0, message, level: 'error' } };
        onSkipped(names);
      }
    }
    yield event;
  }
}
