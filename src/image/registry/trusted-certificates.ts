import { readFileSync } from 'node:fs';

/** Where distributions keep their bundle; the list of Go's crypto/x509 for Linux. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The authorities that this machine trusts: an operator who has added one with update-ca-certificates(8) expects it to count, and
 * Node's own list does not know it. Undefined: no bundle here, so Node's list it is.
 */
export function trustedCertificates(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const own = env.SSL_CERT_FILE;
  for (const path of own ? [own] : BUNDLES) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      // the next one
    }
  }
  return undefined;
}
