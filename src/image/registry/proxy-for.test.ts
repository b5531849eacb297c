import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { proxyFor } from './proxy-for.ts';

/** What Go's golang.org/x/net/http/httpproxy answers. */
const cases: [url: string, env: Record<string, string>, proxy: string | undefined][] = [
  ['https://a.example/', {}, undefined],
  ['https://a.example/', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1/'],
  ['https://a.example/', { https_proxy: 'http://p:2', HTTPS_PROXY: 'http://p:1' }, 'http://p:2/'],
  ['https://a.example/', { HTTP_PROXY: 'http://p:1' }, undefined],
  ['http://a.example/', { HTTP_PROXY: 'p:3128' }, 'http://p:3128/'],
  ['https://localhost:5000/', { HTTPS_PROXY: 'http://p:1' }, undefined],
  ['https://127.3.2.1/', { HTTPS_PROXY: 'http://p:1' }, undefined],
  ['https://[::1]:5000/', { HTTPS_PROXY: 'http://p:1' }, undefined],
];
const exceptions: [url: string, noProxy: string, proxied: boolean][] = [
  ['https://a.example/', '*', false],
  ['https://a.example/', 'example', false],
  ['https://a.example/', 'b.example', true],
  ['https://a.example/', 'x, a.example', false],
  ['https://sub.a.example/', 'A.EXAMPLE', false],
  ['https://anexample/', 'example', true],
  ['https://a.example/', '.a.example', true],
  ['https://sub.a.example/', '.a.example', false],
  ['https://sub.a.example/', '*.a.example', false],
  ['https://a.example:5000/', 'a.example:5000', false],
  ['https://a.example:5001/', 'a.example:5000', true],
  ['https://a.example/', 'a.example:443', false],
  ['https://10.1.2.3/', '10.0.0.0/8', false],
  ['https://11.1.2.3/', '10.0.0.0/8', true],
  ['https://10.1.2.3/', '10.1.2.3', false],
  ['https://110.1.2.3/', '10.1.2.3', true],
  ['https://[fd00::1]/', 'fd00::/8', false],
  ['https://[fd00::1]:5000/', 'fd00::1', false],
  ['https://[fd00::1]:5000/', '[fd00::1]:5000', false],
  ['https://a.example/', '10.0.0.0/8,nonsense/99', true],
];

describe('the proxy for an address', () => {
  for (const [url, env, proxy] of cases) {
    test(`${url} with ${JSON.stringify(env)}`, () => assert.equal(proxyFor(new URL(url), env)?.href, proxy));
  }
  for (const [url, noProxy, proxied] of exceptions) {
    test(`${url} ${proxied ? 'in spite of' : 'but for'} ${noProxy}`, () =>
      assert.equal(proxyFor(new URL(url), { HTTPS_PROXY: 'http://p', NO_PROXY: noProxy }) !== undefined, proxied));
  }
});
