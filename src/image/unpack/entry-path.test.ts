import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from '../../base/index.ts';
import { entryPath, joined } from './entry-path.ts';
import { whiteoutOf } from './whiteout.ts';

const refused = (code: string) => (error: unknown) => isKeelsonError(error, 'invalid') && error.code === code;

test('names become paths below the root', () => {
  const paths = ['etc/passwd', './etc/passwd', '/etc/passwd', '//etc///./passwd', 'etc/passwd/'];
  for (const name of paths) assert.deepEqual(entryPath(name), { folder: 'etc', base: 'passwd' }, name);
  for (const name of ['', '.', './', '/', '//./']) assert.deepEqual(entryPath(name), { folder: '', base: '' }, name);
  assert.deepEqual(entryPath('...'), { folder: '', base: '...' });
  assert.deepEqual(entryPath('a/..b/ '), { folder: 'a/..b', base: ' ' });
});

test('names that lead upwards or that no file can have are refused', () => {
  const long = 'a'.repeat(256);
  const names = ['..', '../x', '/..', 'a/../b', 'a/..', './../../etc/passwd', 'a\0b', long, `${'a/'.repeat(2100)}b`];
  for (const name of names) assert.throws(() => entryPath(name), refused('LAYER_PATH'), name.slice(0, 20));
});

test('no name whatever gives a path that leaves the root', () => {
  const part = fc.constantFrom('..', '.', '', 'a', '...', '.wh.x', '\xff', ' ');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      try {
        const path = joined(entryPath(parts.join('/')));
        assert.ok(path === '' || path.split('/').every((p) => p !== '' && p !== '.' && p !== '..'));
      } catch (error) {
        assert.ok(isKeelsonError(error, 'invalid') && parts.includes('..'));
      }
    }),
  );
});

test('markers for removed files are told from names', () => {
  assert.equal(whiteoutOf({ folder: 'a', base: 'wh.x' }), undefined);
  assert.equal(whiteoutOf({ folder: '', base: '' }), undefined);
  assert.deepEqual(whiteoutOf({ folder: 'a', base: '.wh.x' }), { kind: 'remove', base: 'x' });
  assert.deepEqual(whiteoutOf({ folder: 'a', base: '.wh.....' }), { kind: 'remove', base: '....' });
  assert.deepEqual(whiteoutOf({ folder: '', base: '.wh..wh..opq' }), { kind: 'opaque' });
  assert.deepEqual(whiteoutOf({ folder: '', base: '.wh..wh.plnk' }), { kind: 'nothing' });
  for (const base of ['.wh.', '.wh..', '.wh...']) {
    assert.throws(() => whiteoutOf({ folder: 'a', base }), refused('LAYER_WHITEOUT'), base);
  }
});
