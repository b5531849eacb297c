const DAY_AND_SECONDS = 'YYYY-MM-DDTHH:MM:SS'.length;

/** Milliseconds since 1970 as Go's RFC 3339 with nanoseconds, of which a number holds all but the last two or three digits. */
export function timestamp(milliseconds: number): string {
  const whole = Math.floor(milliseconds / 1000);
  const nanoseconds = Math.min(999_999_999, Math.round((milliseconds - whole * 1000) * 1e6));
  const seconds = new Date(whole * 1000).toISOString().slice(0, DAY_AND_SECONDS);
  return `${seconds}.${String(nanoseconds).padStart(9, '0')}Z`;
}

/** As Docker prints the creation of a container: `2026-01-02 13:23:37 +0100 CET`, in the local zone. */
export function localTimestamp(milliseconds: number): string {
  const time = new Date(milliseconds);
  const two = (number: number) => String(Math.trunc(number)).padStart(2, '0');
  const offset = -time.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}${two(Math.abs(offset) % 60)}`;
  const name = /\s(\S+)$/.exec(time.toLocaleTimeString('en-US', { timeZoneName: 'short' }))?.[1] ?? zone;
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())} ${zone} ${name}`;
}
