/** `namespace_paths` of the state: runc's names of the kinds, and where they lie in /proc. */
export function namespacePaths(pid: number): Record<string, string> {
  const names = { CGROUP: 'cgroup', IPC: 'ipc', NET: 'net', NS: 'mnt', PID: 'pid', USER: 'user', UTS: 'uts' };
  return Object.fromEntries(Object.entries(names).map(([kind, file]) => [`NEW${kind}`, `/proc/${pid}/ns/${file}`]));
}
