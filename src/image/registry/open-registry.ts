import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import { type Endpoint, endpoints } from './endpoint.ts';
import type { RegistryName } from './registry-name.ts';
import type { RegistryOptions } from './registry-options.ts';
import { RegistrySession } from './registry-session.ts';

/**
 * Reaches a registry the first way that works: a mirror, TLS, or none where that is allowed.
 * @param first the first request; a mirror may fail in any way, the registry itself only by not being there
 */
export async function openRegistry<Answer>(
  name: RegistryName,
  options: RegistryOptions & { withMirrors?: boolean },
  first: (session: RegistrySession) => Promise<Answer>,
): Promise<{ session: RegistrySession; answer: Answer }> {
  const ways = endpoints(name.registry, options, { withMirrors: options.withMirrors ?? true });
  let failure: unknown;
  for (const [i, way] of ways.entries()) {
    const session = new RegistrySession(name, way, options);
    try {
      const answer = await first(session);
      await Promise.all(ways.slice(i + 1).map(({ dispatcher }) => dispatcher.destroy()));
      return { session, answer };
    } catch (error) {
      await session[Symbol.asyncDispose]();
      failure = error;
      if (!mayGoOn(way, error)) {
        await Promise.all(ways.slice(i + 1).map(({ dispatcher }) => dispatcher.destroy()));
        throw error;
      }
    }
  }
  throw (
    failure ?? new KeelsonError('unavailable', `there is no way to ${name.registry}`, { code: 'REGISTRY_UNREACHABLE' })
  );
}

function mayGoOn({ isMirror }: Endpoint, error: unknown): boolean {
  if (isMirror) return !isKeelsonError(error, 'cancelled');
  return isKeelsonError(error, 'unavailable') && error.code === 'REGISTRY_UNREACHABLE';
}
