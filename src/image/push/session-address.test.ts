import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sessionAddress } from './session-address.ts';

const address = (location: string | undefined, base: string) =>
  sessionAddress({ header: () => location, url: new URL('v2/a/blobs/uploads/', base) }, new URL(base)).href;

describe('where an upload goes on', () => {
  const cases: [location: string, base: string, address: string][] = [
    ['/v2/a/blobs/uploads/1?_state=x', 'https://r.example/', 'https://r.example/v2/a/blobs/uploads/1?_state=x'],
    ['1', 'http://r.example:5000/', 'http://r.example:5000/v2/a/blobs/uploads/1'],
    ['https://r.example/u/1', 'https://r.example/', 'https://r.example/u/1'],
    // A proxy speaks TLS for a registry that does not know it.
    ['http://r.example/u/1', 'https://r.example/', 'https://r.example/u/1'],
    ['http://r.example:5000/u/1', 'https://r.example:8443/', 'https://r.example:8443/u/1'],
    ['https://store.example/u/1', 'https://r.example/', 'https://store.example/u/1'],
    ['https://r.example/u/1', 'http://r.example/', 'https://r.example/u/1'],
    ['https://store.example/u/1', 'http://r.example/', 'https://store.example/u/1'],
  ];
  for (const [location, base, expected] of cases) {
    test(`${location} of ${base}`, () => assert.equal(address(location, base), expected));
  }

  test('not without TLS elsewhere, and not nowhere', () => {
    const code = (expected: string) => ({ code: expected });
    assert.throws(() => address('http://store.example/u/1', 'https://r.example/'), code('REGISTRY_REDIRECT'));
    assert.throws(() => address(undefined, 'https://r.example/'), code('REGISTRY_UPLOAD'));
    assert.throws(() => address('http://[', 'https://r.example/'), code('REGISTRY_UPLOAD'));
  });
});
