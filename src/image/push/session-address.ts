import { KeelsonError } from '../../base/index.ts';
import type { HttpAnswer } from '../registry/http-answer.ts';

/**
 * Where an upload goes on. A registry behind a proxy that speaks TLS for it often names itself without TLS; the name that we know
 * it by is meant.
 * @throws KeelsonError `REGISTRY_UPLOAD`, `REGISTRY_REDIRECT`
 */
export function sessionAddress({ header, url }: Pick<HttpAnswer, 'header' | 'url'>, base: URL): URL {
  const location = header('location') ?? '';
  if (location === '' || !URL.canParse(location, url.href)) {
    throw new KeelsonError('unavailable', `${base.host} does not say where the upload goes on`, {
      code: 'REGISTRY_UPLOAD',
    });
  }
  const address = new URL(location, url);
  if (address.protocol === base.protocol || address.protocol === 'https:') return address;
  if (address.hostname === base.hostname) {
    address.protocol = base.protocol;
    address.port = base.port;
    return address;
  }
  throw new KeelsonError('denied', `${base.host} wants an upload to go to ${address.origin}, which is not protected`, {
    code: 'REGISTRY_REDIRECT',
  });
}
