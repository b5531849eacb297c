import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HostReport } from '../../spec/index.ts';
import { TestWorld } from '../testing/run-cli.ts';

const REPORT: HostReport = {
  checks: [
    { id: 'kernel-version', area: 'System', title: 'Linux 5.12 or newer', status: 'ok', found: '6.1.0' },
    {
      id: 'nft',
      area: 'Network',
      title: 'nftables',
      status: 'warn',
      found: 'missing',
      remedy: 'apt-get install nftables',
    },
  ],
};

function world(report: HostReport): TestWorld {
  const made = new TestWorld();
  made.examineHost = async () => report;
  return made;
}

describe('keelson doctor', () => {
  test('by area, with the way out', async () => {
    const made = world(REPORT);
    assert.equal(await made.run('doctor'), 0);
    assert.equal(
      made.stdout.text,
      Buffer.from(`System
  ✔ Linux 5.12 or newer  6.1.0

Network
  ! nftables             missing
                         → apt-get install nftables

Containers can be made here; 1 thing marked with ! would add more.
`).toString(),
    );
  });

  test('1 when containers cannot be made', async () => {
    const [kernel] = REPORT.checks;
    assert.ok(kernel);
    const made = world({ checks: [{ ...kernel, status: 'fail', found: '4.19', remedy: 'start a newer one' }] });
    assert.equal(await made.run('doctor'), 1);
    assert.match(
      made.stdout.text,
      /✖ Linux.*\n.*→ start a newer one\n\nContainers cannot be made here: 1 of what they need is missing\.\n$/,
    );
  });

  test('json', async () => {
    const made = world(REPORT);
    await made.run('doctor', '--json');
    assert.deepEqual(JSON.parse(made.stdout.text), REPORT);
  });
});
