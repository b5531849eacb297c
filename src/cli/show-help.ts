import type { Flags } from './flags/flag.ts';

export interface HelpText {
  usage: string;
  about: string;
  examples: readonly string[];
}

/** Help of one command: what it does, its flags by group, and examples. */
export function showHelp({ usage, about, examples }: HelpText, flags: Flags): string {
  const groups = Map.groupBy(Object.entries(flags), ([, flag]) => flag.group ?? 'Flags');
  const sections = [...groups].map(([group, entries]) => {
    const lines = entries.map(([name, flag]) => {
      const short = flag.short ? `-${flag.short}, ` : '    ';
      return `  ${`${short}--${name} ${flag.placeholder}`.trimEnd().padEnd(34)} ${flag.help}`;
    });
    return `${group}:\n${lines.join('\n')}`;
  });
  const shown = examples.map((example) => `  ${example}`).join('\n');
  return [`Usage: ${usage}`, about, ...sections, `Examples:\n${shown}`].join('\n\n').concat('\n');
}
