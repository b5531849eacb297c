import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DBusError } from './dbus/bus.ts';
import type { Systemd } from './systemd.ts';
import { SystemdDriver } from './systemd-driver.ts';
import { systemdError } from './systemd-error.ts';

const unit = { name: 'p-n.scope', slice: 'system.slice', prefix: 'p', title: 'n' };

/** A systemd that keeps what it is told. `starts`: the answers to starts, in order, as far as they are errors. */
function recorded(starts: readonly (string | undefined)[] = []) {
  const calls: string[] = [];
  const answers = [...starts];
  const manager: Systemd = {
    version: async () => 252,
    controlGroup: async () => '',
    async startTransientUnit(name) {
      calls.push(`start ${name}`);
      const error = answers.shift();
      if (error) throw systemdError('start', new DBusError(`org.freedesktop.systemd1.${error}`, error));
    },
    setUnitProperties: async (name, properties) => {
      calls.push(`set ${name} ${properties.map((p) => p.name).join()}`);
    },
    attachProcess: async (name, path, pid) => void calls.push(`attach ${pid} to ${name} ${path}`),
    stopUnit: async (name) => void calls.push(`stop ${name}`),
    resetFailedUnit: async (name) => void calls.push(`reset ${name}`),
    [Symbol.dispose]: () => void calls.push('close'),
  };
  const driver = new SystemdDriver({ unit, annotations: {}, cgroups: 2, connect: async () => manager });
  return { calls, driver };
}

describe('a unit of systemd', () => {
  test('is started, changed and stopped, each over a connection of its own', async () => {
    const { calls, driver } = recorded();
    await driver.start(1, {});
    await driver.update({ pids: { limit: 3 } });
    await driver.update({});
    await driver.attach(2, '/');
    await driver.stop();
    const attached = ['attach 2 to p-n.scope /', 'close'];
    const stopped = ['stop p-n.scope', 'reset p-n.scope', 'close'];
    assert.deepEqual(calls, [
      'start p-n.scope',
      'close',
      'set p-n.scope TasksMax',
      'close',
      'close',
      ...attached,
      ...stopped,
    ]);
  });

  test('takes the place of one that failed', async () => {
    const { calls, driver } = recorded(['UnitExists']);
    await driver.start(1, {});
    assert.deepEqual(calls, ['start p-n.scope', 'reset p-n.scope', 'start p-n.scope', 'close']);
  });

  test('that runs is left alone', async () => {
    const { calls, driver } = recorded(['UnitExists', 'UnitExists']);
    await assert.rejects(driver.start(1, {}), { kind: 'conflict', code: 'CGROUP_OCCUPIED' });
    assert.equal(calls.includes('stop p-n.scope'), false);
  });

  test('that cannot be started leaves no failed one', async () => {
    const { calls, driver } = recorded(['JobFailed']);
    await assert.rejects(driver.start(1, {}), { kind: 'invalid', code: 'SYSTEMD_REFUSED' });
    assert.deepEqual(calls, ['start p-n.scope', 'reset p-n.scope', 'close']);
  });
});
