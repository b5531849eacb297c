/** The command line's door. */
export type { CliContext, Input, Output, SignalSource } from './context.ts';
export { main } from './main.ts';
