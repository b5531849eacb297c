import type { ContainerChange } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';

const LETTERS: Readonly<Record<ContainerChange['kind'], string>> = { added: 'A', modified: 'C', deleted: 'D' };

export const command = defineCommand({
  name: 'diff',
  operands: { usage: 'CONTAINER', min: 1, max: 1, complete: 'container' },
  description: 'A: added, C: changed, D: deleted. Volumes and other mounts are not looked at.',
  examples: [['diff web', 'What the container wrote']],
  flags: {},
  async run({ words: [reference = ''] }, { openEngine, stdout }) {
    await using engine = await openEngine();
    for await (const { kind, path } of engine.changes(reference)) {
      stdout.write(Buffer.from(`${LETTERS[kind]} ${path}\n`, 'latin1'));
    }
    return 0;
  },
});
