import { isKeelsonError } from '../base/index.ts';
import type { CliContext } from './context.ts';
import { colors } from './text/colors.ts';

/**
 * Tells an error: one line, and one with the way out where we know one. KEELSON_DEBUG=1 adds what a developer needs.
 * A message that came from outside may hold line breaks and escape sequences; none reaches the terminal.
 */
export function reportError(error: unknown, context: Pick<CliContext, 'stderr' | 'env'>): void {
  const { stderr, env } = context;
  const paint = colors(stderr, env);
  const message = error instanceof Error ? error.message || error.name : String(error);
  const lines = [`${paint.red('keelson:')} ${oneLine(message)}`];
  if (isKeelsonError(error)) {
    if (error.hint !== undefined && error.hint !== '') lines.push(`${paint.dim('hint:')} ${oneLine(error.hint)}`);
  } else if (!debugging(env)) {
    lines.push(`${paint.dim('hint:')} this looks like a fault of Keelson; KEELSON_DEBUG=1 shows where`);
  }
  if (debugging(env)) lines.push(...details(error));
  stderr.write(`${lines.join('\n')}\n`);
}

function debugging(env: CliContext['env']): boolean {
  return env.KEELSON_DEBUG !== undefined && env.KEELSON_DEBUG !== '' && env.KEELSON_DEBUG !== '0';
}

/** The stacks of an error and of its causes. */
function details(error: unknown): string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (let cause = error; cause instanceof Error && !seen.has(cause); cause = cause.cause) {
    seen.add(cause);
    const code = isKeelsonError(cause) ? ` [${cause.kind} ${cause.code}]` : '';
    lines.push(`${seen.size > 1 ? 'caused by ' : ''}${cause.stack ?? cause.message}${code}`);
  }
  return lines;
}

function oneLine(text: string): string {
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\p{Cc}/gu, '\ufffd')
    .trim();
}
