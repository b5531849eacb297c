import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Flags, Out, Struct, THIS_CHANNEL, Within } from './call.ts';
import { MOUNT_ATTR_NODEV, MOUNT_ATTR_STRICTATIME } from './constants/index.ts';
import { constantsOf, showCall, showFlags } from './show-call.ts';

const show = (value: number | bigint, prefix: string) => showFlags(new Flags(value, prefix));

/** Every prefix that a call in this room is shown with. */
function prefixesInUse(): string[] {
  const folder = new URL('.', import.meta.url).pathname;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => /(?<!\.test)\.ts$/.test(f));
  const found = files.flatMap((file) => [
    ...readFileSync(`${folder}${file}`, 'utf8').matchAll(/new Flags\([^']*'([^']+)'\)/g),
  ]);
  return [...new Set(found.map((match) => match[1] ?? ''))];
}

test('no number has two names under the prefix of one argument', () => {
  const prefixes = prefixesInUse();
  assert.ok(prefixes.length > 20 && prefixes.includes('=PR_') && prefixes.includes('MOUNT_ATTR_'));
  for (const prefix of prefixes) {
    const names = new Map<number, string>();
    for (const [name, value] of constantsOf(prefix)) {
      assert.equal(names.get(value), undefined, `${prefix}: ${name} has the number of ${names.get(value)}`);
      names.set(value, name);
    }
    assert.ok(names.size > 0, `${prefix} names nothing`);
  }
});

test('what looks alike is told apart', () => {
  assert.equal(show(1, '=PR_'), 'PR_SET_PDEATHSIG');
  assert.equal(show(4, '=PR_'), 'PR_SET_DUMPABLE');
  assert.equal(show(47, '=PR_'), 'PR_CAP_AMBIENT');
  assert.equal(show(35, '=PR_'), 'PR_SET_MM');
  assert.equal(show(2, '=PR_CAP_AMBIENT_'), 'PR_CAP_AMBIENT_RAISE');
  assert.equal(
    show(MOUNT_ATTR_STRICTATIME | MOUNT_ATTR_NODEV, 'MOUNT_ATTR_'),
    'MOUNT_ATTR_NODEV|MOUNT_ATTR_STRICTATIME',
  );
  assert.equal(show(2, '=F_'), 'F_SETFD');
  assert.equal(show(1033, '=F_'), 'F_ADD_SEALS');
  assert.equal(show(0x541b, '=TIOC'), 'TIOCINQ');
});

test('flags: names of several bits first, what has no name as a number, nothing as 0', () => {
  assert.equal(show(0x20000 | 0x20000000, 'CLONE_'), 'CLONE_NEWNS|CLONE_NEWPID');
  assert.equal(show(0x100000000n | 0x20000n, 'CLONE_'), 'CLONE_NEWNS|CLONE_CLEAR_SIGHAND');
  assert.equal(show(0x1000 | 0x2, 'AT_'), 'AT_EMPTY_PATH|0x2');
  assert.equal(show(0, 'MS_'), '0');
  assert.equal(show(0x80000, 'O_'), 'O_RDONLY|O_CLOEXEC');
  assert.equal(show(0x80000, 'O_CLOEXEC|O_NONBLOCK'), 'O_CLOEXEC');
  assert.equal(show(0x101000 | 1, 'O_'), 'O_WRONLY|O_SYNC');
  assert.equal(show(999, '=SIG'), '999');
  assert.equal(show(9, '=SIG'), 'SIGKILL');
});

test('every kind of argument', () => {
  const memory = new Out(64);
  assert.equal(
    showCall({ name: 'openat', args: [-100, 'a "b"\n', memory, null, THIS_CHANNEL, new Within(memory, 8)] }),
    'openat(AT_FDCWD, "a \\"b\\"\\n", [64 bytes], NULL, channel, &…)',
  );
  const shown = () => '{len=3}';
  assert.equal(
    showCall({
      name: 'write',
      args: [1n, Buffer.from('text'), new Struct(Buffer.alloc(4)), new Struct(Buffer.alloc(4), [], { shown })],
    }),
    'write(1, "text", {4 bytes}, {len=3})',
  );
  assert.equal(showCall({ name: 'write', args: [Buffer.from([0, 1, 2])] }), 'write({3 bytes})');
  assert.equal(showCall({ name: 'write', args: [Buffer.alloc(65, 'x')] }), `write("${'x'.repeat(64)}"…)`);
  assert.equal(
    showCall({ name: 'clone', operation: true, args: [1], shownArgs: [new Flags(0x20000, 'CLONE_')] }),
    'clone3(CLONE_NEWNS)',
  );
});
