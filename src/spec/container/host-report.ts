/** One thing that a host must, should or may have. */
export interface HostCheck {
  /** Stable: `user-namespaces-unprivileged`. */
  id: string;
  /** `Namespaces`, `Network`… */
  area: string;
  /** `User namespaces for ordinary users` */
  title: string;
  /** `warn`: something does not work without it, but containers do. `fail`: no container can be made. */
  status: 'ok' | 'warn' | 'fail';
  /** What was found: `6.1.0`, `not loaded`. */
  found: string;
  /** How to get it, one sentence; where something is missing. */
  remedy?: string | undefined;
}

/** What a host can do, as `keelson doctor` prints it. */
export interface HostReport {
  checks: HostCheck[];
}
