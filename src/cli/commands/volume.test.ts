import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleVolume } from '../testing/fake-engine.ts';
import { TestWorld } from '../testing/run-cli.ts';

function world(): TestWorld {
  const made = new TestWorld();
  made.engine.knownVolumes = [
    sampleVolume({ name: 'data', labels: { tier: 'db', keep: '' }, inUse: true }),
    sampleVolume({ name: 'e'.repeat(64), anonymous: true }),
    sampleVolume({ name: 'web' }),
  ];
  return made;
}

async function told(...args: string[]): Promise<string> {
  const one = world();
  assert.equal(await one.run('volume', ...args), 0, one.stderr.text);
  return one.stdout.text;
}

describe('keelson volume', () => {
  test('create prints the name and passes labels on', async () => {
    const one = world();
    assert.equal(await one.run('volume', 'create', '--label', 'a=1', '--label', 'b', 'new'), 0);
    assert.equal(one.stdout.text, 'new\n');
    const wanted = { name: 'new', labels: { a: '1', b: '' }, anonymous: false };
    assert.deepEqual(one.engine.calls, [['volumes.create', wanted]]);
    assert.match(await told('create'), /^f{64}\n$/);
    assert.equal(await world().run('volume', 'create', '-d', 'nfs', 'x'), 125);
  });

  test('ls as Docker lays it out', async () => {
    const rows = ['DRIVER    VOLUME NAME', 'local     data', `local     ${'e'.repeat(64)}`, 'local     web', ''];
    assert.equal(await told('ls'), rows.join('\n'));
    assert.equal(await told('ls', '-q', '--filter', 'dangling=true', '--filter', 'name=w'), 'web\n');
    assert.equal(await told('list', '--filter', 'label=tier=db', '--filter', 'label=keep', '-q'), 'data\n');
    assert.equal(await told('ls', '-f', 'dangling=0', '--format', '{{.Name}}: {{.Labels}}'), 'data: keep=,tier=db\n');
    assert.equal(await world().run('volume', 'ls', '--filter', 'label!=x'), 125);
  });

  test("inspect prints Docker's shape", async () => {
    const [volume] = JSON.parse(await told('inspect', 'data'));
    assert.deepEqual(volume, {
      CreatedAt: '1970-01-01T00:00:00Z',
      Driver: 'local',
      Labels: { keep: '', tier: 'db' },
      Mountpoint: '/var/lib/keelson/volumes/data/_data',
      Name: 'data',
      Options: null,
      Scope: 'local',
    });
    assert.equal(await told('inspect', '-f', '{{.Driver}}', 'web'), 'local\n');
    const one = world();
    assert.equal(await one.run('volume', 'inspect', 'nobody', 'web'), 1);
    assert.match(one.stderr.text, /no such volume: nobody/);
    assert.equal(JSON.parse(one.stdout.text).length, 1);
  });

  test('rm goes on after one that fails', async () => {
    const one = world();
    assert.equal(await one.run('volume', 'rm', 'nobody', 'web'), 1);
    assert.equal(one.stdout.text, 'web\n');
    assert.equal(await world().run('volume', 'rm', '-f', 'nobody'), 0);
  });

  test('prune wants to be told that it is meant', async () => {
    const one = world();
    assert.equal(await one.run('volume', 'prune'), 1);
    assert.deepEqual(one.engine.calls, []);
    const gone = `Deleted Volumes:\n${'e'.repeat(64)}\n\nTotal reclaimed space: 1kB\n`;
    assert.equal(await told('prune', '-f'), gone);
    assert.match(await told('prune', '-af', '--filter', 'label!=tier'), /\nweb\n\nTotal reclaimed space: 2kB\n$/);
  });

  test('alone shows all commands; an unknown one is told', async () => {
    assert.match(await told(), /^ {2}volume prune {4}Remove volumes/m);
    assert.equal(await world().run('volume', 'destroy'), 1);
  });
});
