import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RecordingKernel } from '../../kernel/index.ts';
import { createOverlay, lowerSyntax } from './create-overlay.ts';

const SHORT = { lower: ['/b', '/a'], upper: '/c/upper', work: '/c/work' };

function callsOf(root: typeof SHORT, syntax: 'key-each' | 'one-text') {
  const kernel = new RecordingKernel();
  createOverlay(kernel, root, syntax);
  return kernel.calls;
}

const textOf = (calls: ReturnType<typeof callsOf>) => calls.find((c) => c.name === 'mount')?.args[4];
const linksOf = (calls: ReturnType<typeof callsOf>) =>
  calls.filter((c) => c.name === 'symlinkat').map((c) => c.args[0]);

describe('createOverlay', () => {
  test('asks the release which syntax the kernel has', () => {
    assert.equal(lowerSyntax('6.1.0-18-amd64'), 'one-text');
    assert.equal(lowerSyntax('6.4.16'), 'one-text');
    assert.equal(lowerSyntax('6.5.0-rc1'), 'key-each');
    assert.equal(lowerSyntax('7.0'), 'key-each');
  });

  test('gives each layer a key where the kernel has it', () => {
    const calls = callsOf(SHORT, 'key-each');
    const keys = calls.filter((c) => c.name === 'fsconfig').map((c) => [c.args[2], c.args[3]]);
    assert.deepEqual(keys.slice(0, 2), [
      ['lowerdir+', '/b'],
      ['lowerdir+', '/a'],
    ]);
    assert.deepEqual(keys.slice(-3), [
      ['redirect_dir', 'nofollow'],
      ['metacopy', 'off'],
      [null, null],
    ]);
    assert.equal(textOf(calls), undefined);
  });

  test('gives one text otherwise, and takes the overlay off its place', () => {
    const calls = callsOf(SHORT, 'one-text');
    assert.equal(textOf(calls), 'lowerdir=/b:/a,upperdir=/c/upper,workdir=/c/work,redirect_dir=nofollow,metacopy=off');
    assert.deepEqual(
      calls.map((c) => c.name),
      ['mount', 'open_tree', 'umount2'],
    );
  });

  test('names folders by links where their paths have special characters', () => {
    for (const special of ['/a:b', '/a,b', '/a\\b', '/a"b']) {
      const calls = callsOf({ ...SHORT, lower: ['/b', special] }, 'one-text');
      assert.equal(textOf(calls), 'lowerdir=0:1,upperdir=upper,workdir=work,redirect_dir=nofollow,metacopy=off');
      assert.deepEqual(linksOf(calls), ['/b', special, '/c/upper', '/c/work']);
    }
    assert.deepEqual(linksOf(callsOf({ ...SHORT, lower: ['/a:b'] }, 'key-each')), [], 'which a key of its own takes');
  });

  test('names folders by links where their paths are too long, and 500 layers still fit', () => {
    const lower = Array.from({ length: 500 }, (_, i) => `/var/lib/layers/${i}/diff`);
    const text = textOf(callsOf({ ...SHORT, lower }, 'one-text'));
    assert.ok(typeof text === 'string' && text.length < 4096);
    const long = `/${'x'.repeat(200)}/${'y'.repeat(200)}`;
    assert.deepEqual(linksOf(callsOf({ ...SHORT, lower: [long] }, 'key-each')), [long, '/c/upper', '/c/work']);
  });
});
