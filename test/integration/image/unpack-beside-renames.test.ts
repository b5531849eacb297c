import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../agent/processes.ts';
import { startRenaming } from '../agent/rename-loop.ts';
import { file, folder, Place, symlink } from './unpack-place.ts';

/** Each is opened by a path through a link with `..`. */
const FOLDERS = 3000;

test('a layer is unpacked through links upwards while somebody renames', async () => {
  using elsewhere = temporaryFolder();
  await using renaming = startRenaming(elsewhere.path);
  void renaming;
  await using place = new Place();
  const names = Array.from({ length: FOLDERS }, (_, i) => `${i}`);
  await place.unpack([
    folder('usr'),
    folder('usr/lib'),
    symlink('lib', 'usr/../usr/../usr/lib'),
    ...names.map((name) => file(`lib/${name}/file`, name)),
  ]);
  for (const name of names) assert.equal(place.read(`usr/lib/${name}/file`), name);
});
