/**
 * The file below /proc/sys for a sysctl. As in sysctl(8), names part at dots or at slashes, whichever comes first; the
 * other one is then part of a name: `net.ipv4.conf.eno2/100.rp_filter` and `net/ipv4/conf/eno2.100/rp_filter` are both
 * `net/ipv4/conf/eno2.100/rp_filter`.
 * @returns a relative path, or undefined when it could lead out of /proc/sys or names nothing
 */
export function sysctlPath(key: string): string | undefined {
  const dotted = /^[^./]*\./.test(key);
  const parts = dotted ? key.split('.').map((part) => part.replaceAll('/', '.')) : key.split('/');
  // `net/../kernel/core_pattern` would pass a test for `net/` and write a file of the host.
  const sound = parts.length > 1 && parts.every((part) => part !== '' && part !== '.' && part !== '..');
  return sound && !key.includes('\0') ? parts.join('/') : undefined;
}
