/**
 * `npm run test:vm`: the tests of what depends on the kernel, on Debian's own kernel with cgroup v2 alone, in a virtual
 * machine without hardware's help. What it downloads and makes of it stays in build/vm for the next time.
 * `npm run test:vm -- test/integration/cgroups/limits.test.ts`: of these tests, those of some files alone.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeGuest } from './vm/root-image.ts';
import { runMachine } from './vm/virtual-machine.ts';
import { makeWorkImage } from './vm/work-image.ts';

const checkout = new URL('..', import.meta.url).pathname;
const folder = join(checkout, 'build/vm');
const MINUTES = Number(process.env.KEELSON_VM_MINUTES ?? 8);
const started = performance.now();
const say = (text: string) => console.error(`vm: ${text}`);

if (process.getuid?.() !== 0) throw new Error('npm run test:vm needs root: the files of the guest belong to its root');

mkdirSync(folder, { recursive: true });
say('making the guest of Debian packages, unless it is there');
const guest = makeGuest(folder);
const work = join(folder, `work-${process.pid}.ext4`);
try {
  await makeWorkImage({ checkout, file: work, paths: process.argv.slice(2) });
  say(`ready after ${seconds()} s; starting it`);
  const patience = MINUTES * 60_000 - (performance.now() - started);
  const { status, console: output, timedOut } = await runMachine({ ...guest, work, folder, patience });
  if (status === undefined) {
    say(timedOut ? `stopped: not done after ${MINUTES} minutes` : 'the machine ended before its tests');
    say(`the end of its console:\n${output.split('\n').slice(-40).join('\n')}`);
  }
  process.exitCode = status ?? 1;
} finally {
  rmSync(work, { force: true });
}

function seconds(): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}
