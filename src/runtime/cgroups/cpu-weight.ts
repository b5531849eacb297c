/** Of cgroup v1: MIN_SHARES and MAX_SHARES of kernel/sched/sched.h. */
export const MIN_SHARES = 2;
export const MAX_SHARES = 262_144;

/**
 * Turns cpu.shares of v1 (2 to 262144, usually 1024) into cpu.weight of v2 (1 to 10000, usually 100). The curve goes
 * through both ends and the usual value: that of runc since 1.3.2 (opencontainers/runc#4785, #4896) and crun since 1.23.
 * The straight line before it made 39 of 1024, so that containers lost against the host's services, which have 100.
 */
export function weightFromShares(shares: number): number {
  if (shares <= MIN_SHARES) return 1;
  if (shares >= MAX_SHARES) return 10_000;
  const l = Math.log2(shares);
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34));
}
