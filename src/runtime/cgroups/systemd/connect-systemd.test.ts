import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busPlaces } from './connect-systemd.ts';
import { socketPaths } from './dbus/bus-address.ts';

test('where a bus listens', () => {
  const table: [string, string[]][] = [
    ['unix:path=/run/dbus/system_bus_socket', ['/run/dbus/system_bus_socket']],
    ['unix:abstract=/tmp/x,guid=1;unix:path=/a%20b', ['\0/tmp/x', '/a b']],
    ['tcp:host=localhost,port=1', []],
    ['', []],
  ];
  for (const [address, paths] of table) assert.deepEqual(socketPaths(address), paths);
});

test('the ways to systemd, in order', () => {
  const shown = (env: Record<string, string>, user: boolean) =>
    busPlaces({ env, user }).map(({ path, brokered }) => `${brokered ? 'bus' : 'direct'} ${path}`);
  assert.deepEqual(shown({}, false), ['bus /run/dbus/system_bus_socket', 'direct /run/systemd/private']);
  assert.deepEqual(shown({ DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/b' }, false), [
    'bus /b',
    'direct /run/systemd/private',
  ]);
  assert.deepEqual(shown({}, true), []);
  const folder = { XDG_RUNTIME_DIR: '/run/user/7' };
  assert.deepEqual(shown(folder, true), ['bus /run/user/7/bus', 'direct /run/user/7/systemd/private']);
  assert.deepEqual(shown({ ...folder, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/s' }, true), [
    'bus /s',
    'direct /run/user/7/systemd/private',
  ]);
});
