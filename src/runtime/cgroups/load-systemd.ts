/** The systemd driver and all of D-Bus, loaded by those alone who ask for it: most starts of a runtime do not. */
export async function loadSystemd() {
  const [{ openSystemdDriver, systemdCgroupPaths }, { unitOf }] = await Promise.all([
    import('./systemd/open-systemd-driver.ts'),
    import('./systemd/systemd-unit.ts'),
  ]);
  return { openSystemdDriver, systemdCgroupPaths, unitOf };
}
