import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LeakCheck } from '../../leak-check.ts';
import { Keelson } from '../cli/keelson.ts';

const keelson = new Keelson();
before(() => keelson.output('run', '--rm', '--network', 'none', 'busybox', 'true'));
after(() => keelson[Symbol.dispose]());

/** Agents of our data root, the oldest first: the runtime, then init. */
function agents(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isOurAgent(pid))
    .sort((a, b) => a - b);
}

function isOurAgent(pid: number): boolean {
  try {
    if (!readlinkSync(`/proc/${pid}/exe`).endsWith('/keelson-agent')) return false;
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`KEELSON_ROOT=${keelson.root}`);
  } catch {
    return false;
  }
}

/** Waits for `count` agents and kills the last of them after `pause` ms; false when the command ended before. */
async function killOne(count: number, pause: number, ended: () => boolean): Promise<boolean> {
  while (!ended()) {
    const pid = agents()[count - 1];
    if (pid === undefined) {
      await sleep(0);
      continue;
    }
    await sleep(pause);
    try {
      process.kill(pid, 'SIGKILL');
      return true;
    } catch {
      return false;
    }
  }
  return false;
}

describe('one of the processes that build a container is killed', () => {
  for (const [name, count] of Object.entries({ runtime: 1, init: 2 })) {
    test(name, async () => {
      const check = new LeakCheck(keelson.root);
      for (const pause of [0, 3, 8]) {
        const child = keelson.start(['run', '--rm', 'busybox', 'sleep', '0.3']);
        child.stdin.end();
        const printed: Buffer[] = [];
        child.stderr.on('data', (chunk: Buffer) => printed.push(chunk));
        child.stdout.resume();
        let over = false;
        const exited = child.exited.then((code) => {
          over = true;
          return code;
        });
        const killed = await killOne(count, pause, () => over);
        const exitCode = await exited;
        const errors = Buffer.concat(printed).toString();
        const told = `${name} after ${pause} ms: ${exitCode} ${errors}`;
        assert.doesNotMatch(errors, /\n {4}at |undefined/, told);
        // Killed as the program itself it is 137, before that an error of one line; not hit at all, an ordinary end.
        if (killed && exitCode !== 0 && exitCode !== 137) assert.match(errors, /^keelson: .+\n(hint: .+\n)?$/, told);
        else assert.equal(errors, '', told);
        await keelson.run(['ps']);
        await check.assertClean();
      }
      assert.deepEqual(readdirSync(join(keelson.root, 'containers')), []);
    });
  }
});
