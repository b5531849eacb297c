import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../../../base/index.ts';
import type { Bus } from './dbus/bus.ts';
import type { MethodCall } from './dbus/message.ts';
import { type DBusValue, isVariant } from './dbus/value.ts';
import type { Systemd, UnitProperty } from './systemd.ts';
import { isSystemdError, systemdError } from './systemd-error.ts';

const SERVICE = 'org.freedesktop.systemd1';
const PATH = '/org/freedesktop/systemd1';
const MANAGER = `${SERVICE}.Manager`;
/** Milliseconds that systemd gets for a job; a unit may take its time to stop (TimeoutStopSec is 90 s). */
const PATIENCE = 120_000;

type Arguments = Pick<MethodCall, 'signature' | 'args'>;

/** systemd behind a connection to D-Bus. */
export class SystemdBus implements Systemd {
  readonly #bus: Bus;
  #listens = false;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  async version(): Promise<number> {
    return Number(/^v?(\d+)/.exec(await this.#property('Version'))?.[1] ?? 0);
  }

  async controlGroup(): Promise<string> {
    return await this.#property('ControlGroup');
  }

  async startTransientUnit(name: string, properties: readonly UnitProperty[]): Promise<void> {
    const signature = 'ssa(sv)a(sa(sv))';
    await this.#job(`start the unit ${name}`, {
      member: 'StartTransientUnit',
      ...{ signature, args: [name, 'replace', pairs(properties), []] },
    });
  }

  async attachProcess(name: string, path: string, pid: number): Promise<void> {
    const args = { signature: 'ssau', args: [name, path, [pid]] };
    await this.#ask(`put process ${pid} into the unit ${name}`, 'AttachProcessesToUnit', args);
  }

  async setUnitProperties(name: string, properties: readonly UnitProperty[]): Promise<void> {
    const args = { signature: 'sba(sv)', args: [name, true, pairs(properties)] };
    await this.#ask(`change the unit ${name}`, 'SetUnitProperties', args);
  }

  async stopUnit(name: string): Promise<void> {
    try {
      const call = { member: 'StopUnit', signature: 'ss', args: [name, 'replace'] };
      await this.#job(`stop the unit ${name}`, call);
    } catch (error) {
      if (!isSystemdError(error, 'NoSuchUnit')) throw error;
    }
  }

  async resetFailedUnit(name: string): Promise<void> {
    try {
      await this.#ask(`reset the unit ${name}`, 'ResetFailedUnit', { signature: 's', args: [name] });
    } catch (error) {
      if (!isSystemdError(error, 'NoSuchUnit')) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#bus[Symbol.dispose]();
  }

  /** A job may be over before we know its name, so all that end are kept in mind from before the call on. */
  async #job(what: string, { member, ...args }: Arguments & { member: string }): Promise<void> {
    await this.#listen();
    const results = new Map<DBusValue | undefined, DBusValue | undefined>();
    const { promise: over, resolve } = Promise.withResolvers<void>();
    let job: DBusValue | undefined;
    const end = this.#bus.onSignal((signal) => {
      if (signal.interface !== MANAGER || signal.member !== 'JobRemoved') return;
      const [, path, , result] = signal.args;
      results.set(path, result);
      if (path === job) resolve();
    });
    using timer = new AbortTimer();
    try {
      [job] = await this.#ask(what, member, args);
      if (!results.has(job)) {
        const lost = this.#bus.lost.then((error) => {
          throw systemdError(what, error);
        });
        await Promise.race([over, lost, timer.after(PATIENCE)]);
      }
      const result = results.get(job);
      if (result !== 'done') throw notDone(what, result);
    } finally {
      end();
    }
  }

  /** systemd sends its signals to those alone that asked for them; without a broker to all. */
  async #listen(): Promise<void> {
    if (this.#listens) return;
    this.#listens = true;
    if (this.#bus.brokered) {
      const name = 'org.freedesktop.DBus';
      const rule = `type='signal',sender='${SERVICE}',interface='${MANAGER}',member='JobRemoved'`;
      const place = { destination: name, path: '/org/freedesktop/DBus', interface: name };
      await this.#bus.call({ ...place, member: 'AddMatch', signature: 's', args: [rule] });
    }
    await this.#ask('tell when jobs end', 'Subscribe');
  }

  async #property(name: string): Promise<string> {
    const place = { destination: SERVICE, path: PATH, interface: 'org.freedesktop.DBus.Properties' };
    try {
      const [value = ''] = await this.#bus.call({ ...place, member: 'Get', signature: 'ss', args: [MANAGER, name] });
      return String(isVariant(value) ? value.value : value);
    } catch (error) {
      throw systemdError(`tell its ${name}`, error);
    }
  }

  async #ask(what: string, member: string, args: Arguments = {}): Promise<readonly DBusValue[]> {
    try {
      return await this.#bus.call({ destination: SERVICE, path: PATH, interface: MANAGER, member, ...args });
    } catch (error) {
      throw systemdError(what, error);
    }
  }
}

class AbortTimer implements Disposable {
  readonly #over = new AbortController();

  /** Never settles when it is no longer of interest. */
  async after(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#over.signal }).catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }
}

function pairs(properties: readonly UnitProperty[]): DBusValue {
  return properties.map(({ name, signature, value }) => [name, { signature, value }]);
}

/** `failed`, `canceled`, `timeout`, `dependency`, `skipped`; none when there was no answer in time. */
function notDone(what: string, result: DBusValue | undefined): KeelsonError {
  const text =
    result === undefined ? `no end within ${PATIENCE / 1000} seconds` : `the job ended as '${String(result)}'`;
  return new KeelsonError('unavailable', `systemd cannot ${what}: ${text}`, {
    code: 'SYSTEMD_JOB',
    hint: 'the journal of the host has the reason: journalctl -b',
  });
}
