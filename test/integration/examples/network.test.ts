import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runExample } from './run-example.ts';

/** The host's IPv4 routes: what the example must not touch. Those of other tests' bridges may come and go. */
const exampleRoutes = () => readFileSync('/proc/net/route', 'utf8').match(/^(veth0|\S+\s0000000A)\s.*/gm) ?? [];

test('02-network: both ends of the cable have addresses, and the child pings the parent', async () => {
  const before = exampleRoutes();
  const { status, output, errors, leftBehind } = await runExample('02-network');
  assert.equal(errors, '');
  assert.equal(status, 0, output);
  assert.match(output, /^child, before:\n {2}lo: down\nparent, after:$/m);
  assert.match(output, /^ {2}veth0: up 10\.0\.0\.1\/24\b/m);
  assert.match(output, /^child, after:\n {2}lo: up 127\.0\.0\.1\/8\b.*\n {2}eth0: up 10\.0\.0\.2\/24\b/m);
  assert.match(output, /^1 packets transmitted, 1 packets received, 0% packet loss$/m);
  assert.deepEqual(exampleRoutes(), before);
  assert.deepEqual(leftBehind, []);
});
