import type { Message, MethodCall } from './message.ts';
import type { DBusValue } from './value.ts';

/** A connection to D-Bus, as far as a client of one service needs it. */
export interface Bus extends Disposable {
  /** There is a broker between us and the service, which has to be told what we want to hear. */
  brokered: boolean;
  /** Gives what the method returns. @throws KeelsonError as in docs/errors.md; {@link DBusError} as `cause` */
  call(call: MethodCall): Promise<readonly DBusValue[]>;
  /** Calls `to` for each signal, until the returned function is called. */
  onSignal(to: (message: Message) => void): () => void;
  /** Settles when the connection is lost, with the reason. */
  lost: Promise<Error>;
}

/** What a service answers when it does not do what was asked. */
export class DBusError extends Error {
  /** `org.freedesktop.systemd1.UnitExists` */
  readonly errorName: string;

  constructor(errorName: string, message: string) {
    super(message);
    this.errorName = errorName;
  }
}
