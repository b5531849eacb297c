import { formatIp, invalid, tryParseIp } from '../../base/index.ts';

/** `--add-host name:address`, `name=address`, `name=[::1]`, `name:host-gateway`; given back as `name:address`. */
export function extraHostValue(text: string): string {
  const separator = text.indexOf(text.includes('=') ? '=' : ':');
  const name = text.slice(0, Math.max(separator, 0));
  const address = text.slice(separator + 1).replace(/^\[(.*)\]$/, '$1');
  const bytes = tryParseIp(address);
  // White space or a line break in the name would be another entry of /etc/hosts.
  if (!/^[^\s#]+$/.test(name) || (bytes === undefined && address !== 'host-gateway')) {
    throw invalid('EXTRA_HOST_INVALID', 'expected NAME:ADDRESS such as db:10.0.0.5 or host.internal:host-gateway');
  }
  return `${name}:${bytes === undefined ? address : formatIp(bytes)}`;
}

/** `--dns-search`: a domain, or `.` for none. */
export function searchDomain(text: string): string {
  const domain = text.trim();
  if (domain === '.' || /^(?=.{1,255}$)[\w-]{1,63}(\.[\w-]{1,63})*\.?$/.test(domain)) return domain;
  throw invalid('DOMAIN_INVALID', "expected a domain such as example.com, or '.' for none");
}

/** `--dns-option`: a word of resolv.conf(5) such as `ndots:2`. */
export function resolverOption(text: string): string {
  if (/^[\w-]+(:[\w.-]+)?$/.test(text)) return text;
  throw invalid('DNS_OPTION_INVALID', 'expected an option of resolv.conf such as ndots:2 or rotate');
}
