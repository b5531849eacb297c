/** Has what is compiled until this program's end kept for the next run of the command; see start.ts. Else does nothing. */
export function rememberCode(command: string): void {
  const remember: unknown = Reflect.get(globalThis, Symbol.for('keelson.remember-code'));
  if (typeof remember === 'function') remember(command);
}
