import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { AddressBook } from './address-book.ts';

describe('the address book', () => {
  const parent = mkdtempSync(join(tmpdir(), 'keelson-addresses-'));
  // no-mount-below: the folder is this test's own, and nobody mounts anything in it.
  after(() => rmSync(parent, { recursive: true }));
  const open = (name: string) => new AddressBook(join(parent, name, 'keelson0'));

  test('gives addresses in turn and lets freed ones rest', () => {
    const book = open('turn');
    assert.equal(book.reserve('10.0.0.0/29', 'a'), '10.0.0.2');
    assert.equal(book.reserve('10.0.0.0/29', 'b'), '10.0.0.3');
    book.release('a');
    assert.equal(book.reserve('10.0.0.0/29', 'c'), '10.0.0.4');
    assert.deepEqual(
      book.entries(),
      new Map([
        ['10.0.0.3', 'b'],
        ['10.0.0.4', 'c'],
      ]),
    );
  });

  test('is one for all who open it', () => {
    assert.equal(open('shared').reserve('fd00::/64', 'a'), 'fd00::2');
    assert.equal(open('shared').reserve('fd00::/64', 'b'), 'fd00::3');
  });

  test('refuses a wanted address that somebody has', () => {
    const book = open('wanted');
    assert.equal(book.reserve('10.0.0.0/24', 'a', '10.0.0.9'), '10.0.0.9');
    assert.throws(() => book.reserve('10.0.0.0/24', 'b', '10.0.0.9'), { kind: 'conflict', code: 'ADDRESS_TAKEN' });
    // What was asked for does not change whose turn is next.
    assert.equal(book.reserve('10.0.0.0/24', 'c'), '10.0.0.2');
  });

  test('forgets a container with all its addresses, also twice, also before there was any', () => {
    const book = open('release');
    book.release('a');
    book.reserve('10.0.0.0/24', 'a');
    book.reserve('10.0.0.0/24', 'a');
    book.release('a');
    book.release('a');
    assert.equal(book.entries().size, 0);
    assert.deepEqual(readdirSync(join(parent, 'release', 'keelson0')), ['last']);
  });

  test('is empty where there is no folder', () => assert.equal(open('never').entries().size, 0));
});
