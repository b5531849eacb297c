/** Paths and lists that are longer than anybody needs: all of them take places in the memory of one process. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openAttackWorld, victim } from '../security/attack-world.ts';

const deep = (folders: number) => '/x'.repeat(folders);

describe('very deep and very many', () => {
  const world = openAttackWorld('deep');

  for (const folders of [100, 1500, 2100]) {
    test(`a working directory and a mount ${folders} folders down`, async () => {
      const spec = victim(world, 'exit 7');
      const cwd = await world.launch({ ...spec, process: { ...spec.process, cwd: deep(folders) } });
      const destination = `/tmp${deep(folders)}`;
      const mount = { destination, type: 'tmpfs', source: 'tmpfs' };
      const mounted = await world.launch(victim(world, 'exit 7', { mounts: [mount] }));
      for (const { exitCode, refused, stderr } of [cwd, mounted]) {
        assert.deepEqual(
          { exitCode, refused },
          folders < 1000 ? { exitCode: 7, refused: false } : { exitCode: 1, refused: true },
        );
        if (refused) assert.match(stderr, /not so deep|ENAMETOOLONG|no command/);
      }
    });
  }

  for (const count of [100, 700]) {
    test(`${count} mounts`, async () => {
      const mounts = Array.from({ length: count }, (_, i) => ({
        destination: `/tmp/m${i}`,
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['mode=755'],
      }));
      const { exitCode, stderr } = await world.launch(victim(world, 'exit 7', { mounts }));
      assert.equal(exitCode, 7, stderr);
    });
  }
});
