import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'tag',
  operands: { usage: 'IMAGE NAME[:TAG]', min: 2, max: 2, complete: 'image' },
  examples: [['tag busybox registry.example/team/busybox:1', 'The same image under one more name']],
  flags: {},
  async run({ words: [source = '', name = ''] }, context) {
    await using engine = await context.openEngine();
    await engine.images.tag(source, name);
    return 0;
  },
});
