import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'logout',
  operands: { usage: '[SERVER]', min: 0, max: 1 },
  description: 'Without a server it is for docker.io.',
  examples: [['logout registry.example:5000', 'Forgets the login, also for Docker']],
  flags: {},
  async run({ words: [server] }, context) {
    await using engine = await context.openEngine();
    const wasKept = await engine.images.logout(server);
    const name = server ?? 'docker.io';
    context.stdout.write(wasKept ? `Removing login credentials for ${name}\n` : `Not logged in to ${name}\n`);
    return 0;
  },
});
