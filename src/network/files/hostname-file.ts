/** The container's /etc/hostname. */
export function buildHostnameFile(hostname: string): string {
  return `${hostname}\n`;
}
