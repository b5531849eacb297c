/** `starting`: no probe has succeeded yet, and not enough have failed. */
export type HealthStatus = 'starting' | 'healthy' | 'unhealthy';

/** What the health check of a container has found. */
export interface ContainerHealth {
  status: HealthStatus;
  /** Probes that failed since the last that did not; those of the start period do not count. */
  failingStreak: number;
  /** The last five, the oldest first. */
  log: readonly ProbeResult[];
}

/** One run of a health check. Times in milliseconds since 1970. */
export interface ProbeResult {
  start: number;
  end: number;
  /** 0: it does its work. -1: the probe took too long, or could not be started. */
  exitCode: number;
  /** The first 4096 bytes that it printed. */
  output: string;
}
