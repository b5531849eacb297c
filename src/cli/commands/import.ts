import { invalid } from '../../base/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, list, orUnset, single } from '../flags/make-flag.ts';
import { readArchive } from '../images/read-archive.ts';

export const command = defineCommand({
  name: 'import',
  operands: { usage: 'FILE|- [NAME[:TAG]]', min: 1, max: 2, complete: 'file' },
  description:
    'Makes an image of one layer of a file system in an archive, compressed with gzip or zstd or not at all.',
  examples: [
    ['import debian.tar.gz debian:mine', 'From a file'],
    ['import --change \'CMD ["sh"]\' - tool < tree.tar', 'From the standard input, with a command'],
  ],
  flags: {
    change: list('INSTRUCTION', 'Set something of the image as a Dockerfile does: CMD, ENTRYPOINT, ENV, USER, …', {
      short: 'c',
      parse: anyText,
    }),
    message: single('TEXT', 'What the history says', { short: 'm', parse: orUnset(anyText) }),
  },
  unsupported: { platform: 'an image is made for this machine' },
  async run({ values: { change, message }, words: [file = '', name] }, context) {
    if (/^https?:/.test(file))
      throw invalid('IMPORT_URL', `${file}: nothing is downloaded`, `curl -fsSL ${file} | keelson import -`);
    const source = readArchive(file, context);
    if ('folder' in source)
      throw invalid('FILE_UNREADABLE', `cannot read ${file}: it is a folder`, 'make an archive of it');
    await using engine = await context.openEngine();
    context.stdout.write(`${await engine.images.import(source, { changes: change, message, name })}\n`);
    return 0;
  },
});
