import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Bus, DBusError } from './dbus/bus.ts';
import type { Message, MethodCall } from './dbus/message.ts';
import type { DBusValue } from './dbus/value.ts';
import { SystemdBus } from './systemd-bus.ts';

const JOB = '/org/freedesktop/systemd1/job/7';
const MANAGER = 'org.freedesktop.systemd1.Manager';

type Answer = (call: MethodCall, signal: (...args: DBusValue[]) => void) => readonly DBusValue[];

/** A bus that answers as it is told; `signal` sends JobRemoved at once. */
function scripted(answer: Answer, { brokered = true } = {}) {
  const calls: string[] = [];
  const listeners = new Set<(message: Message) => void>();
  const { promise: lost, resolve: lose } = Promise.withResolvers<Error>();
  const signal = (...args: DBusValue[]) => {
    const message = {
      type: 'signal',
      interface: MANAGER,
      member: 'JobRemoved',
      replyTo: 0,
      errorName: '',
      args,
    } as const;
    for (const listener of listeners) listener(message);
  };
  const bus: Bus = {
    brokered,
    lost,
    async call(call) {
      calls.push(call.member);
      return answer(call, signal);
    },
    onSignal(to) {
      listeners.add(to);
      return () => void listeners.delete(to);
    },
    [Symbol.dispose]: () => undefined,
  };
  return { systemd: new SystemdBus(bus), calls, listeners, lose, signal };
}

const refuses = (name: string) => () => {
  throw new DBusError(`org.freedesktop.systemd1.${name}`, `${name} says systemd`);
};

describe('a job of systemd', () => {
  test('that is over before its name is known', async () => {
    const { systemd, calls, listeners } = scripted(({ member }, signal) => {
      if (member !== 'StartTransientUnit') return [];
      signal(3, '/another', 'x.scope', 'failed');
      signal(7, JOB, 'a.scope', 'done');
      return [JOB];
    });
    await systemd.startTransientUnit('a.scope', []);
    assert.deepEqual(calls, ['AddMatch', 'Subscribe', 'StartTransientUnit']);
    assert.equal(listeners.size, 0);
  });

  test('that is over later; nobody asks a bus that has no broker', async () => {
    const { systemd, calls } = scripted(
      ({ member }, signal) => {
        if (member === 'StopUnit') setImmediate(() => signal(7, JOB, 'a.scope', 'done'));
        return [JOB];
      },
      { brokered: false },
    );
    await systemd.stopUnit('a.scope');
    await systemd.stopUnit('a.scope');
    assert.deepEqual(calls, ['Subscribe', 'StopUnit', 'StopUnit']);
  });

  test('that fails', async () => {
    const { systemd } = scripted((_, signal) => {
      signal(7, JOB, 'a.scope', 'failed');
      return [JOB];
    });
    const error = { kind: 'unavailable', code: 'SYSTEMD_JOB', message: /the job ended as 'failed'/ };
    await assert.rejects(systemd.startTransientUnit('a.scope', []), error);
  });

  test('of which nothing is heard any more', async () => {
    const { systemd, lose } = scripted(() => [JOB]);
    const started = systemd.startTransientUnit('a.scope', []);
    setImmediate(() => lose(new Error('closed')));
    await assert.rejects(started, { code: 'SYSTEMD_UNAVAILABLE', message: /closed/ });
  });
});

test('a unit that is not there is stopped, and forgotten', async () => {
  const { systemd } = scripted(({ member }) => (member === 'Subscribe' ? [] : refuses('NoSuchUnit')()), {
    brokered: false,
  });
  await systemd.stopUnit('a.scope');
  await systemd.resetFailedUnit('a.scope');
  await assert.rejects(systemd.setUnitProperties('a.scope', []), { kind: 'invalid', code: 'SYSTEMD_REFUSED' });
});

test('what systemd refuses keeps its words', async () => {
  const { systemd } = scripted(refuses('UnitExists'), { brokered: false });
  await assert.rejects(systemd.setUnitProperties('a.scope', []), {
    code: 'CGROUP_OCCUPIED',
    message: /UnitExists says/,
  });
  const denied = scripted(() => {
    throw new DBusError('org.freedesktop.DBus.Error.AccessDenied', 'no');
  });
  await assert.rejects(denied.systemd.resetFailedUnit('a.scope'), { kind: 'denied', code: 'SYSTEMD_REFUSED' });
});

test('the version is a number', async () => {
  for (const [text, version] of [
    ['252.38-1~deb12u1', 252],
    ['v257', 257],
    ['', 0],
  ] as const) {
    const { systemd } = scripted(() => [{ signature: 's', value: text }]);
    assert.equal(await systemd.version(), version);
  }
});
