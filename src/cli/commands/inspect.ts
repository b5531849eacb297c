import type { CommandContext } from '../command.ts';
import { toggle } from '../flags/make-flag.ts';
import { parseFlags } from '../flags/parse-flags.ts';
import { showHelp } from '../show-help.ts';

const FLAGS = { help: toggle('Show this') };

const HELP = {
  usage: 'keelson inspect CONTAINER…',
  about: 'Prints all that is known of containers, as a JSON array.',
  examples: ['keelson inspect web', "keelson inspect web | jq '.[0].pid'"],
};

/** `keelson inspect` */
export async function inspect(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, words } = parseFlags(FLAGS, args, { stopAtFirstWord: false });
  if (values.help) {
    context.stdout.write(showHelp(HELP, FLAGS));
    return 0;
  }
  const engine = await context.engine();
  const states = [];
  for (const reference of words) states.push(await engine.inspect(reference));
  context.stdout.write(`${JSON.stringify(states, undefined, 2)}\n`);
  return 0;
}
