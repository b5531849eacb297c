import { isKeelsonError } from '../../base/index.ts';
import type { Connections } from './connections.ts';
import { type Endpoint, endpoints } from './endpoint.ts';
import type { RegistryName } from './registry-name.ts';
import type { RegistryOptions } from './registry-options.ts';
import { RegistrySession } from './registry-session.ts';

export interface RegistryWork<Answer, Result> {
  options: RegistryOptions;
  connections: Connections;
  /** False: only the registry itself will do. */
  withMirrors?: boolean;
  /** The first request; the registry itself may fail it only by not being there. */
  first(session: RegistrySession): Promise<Answer>;
  /** Everything after it. */
  rest(session: RegistrySession, answer: Answer): Promise<Result>;
}

/**
 * Does work with a registry the first way that goes: a mirror, TLS, or none where that is allowed. A mirror may fail in any way
 * and at any time; then the next one does the work from its start.
 */
export async function withRegistry<Answer, Result>(
  name: RegistryName,
  work: RegistryWork<Answer, Result>,
): Promise<Result> {
  const { options, connections, withMirrors = true } = work;
  let failure: { error: unknown; ofMirror: boolean } | undefined;
  for (const way of endpoints(name.registry, options, { withMirrors })) {
    const session = new RegistrySession(name, way, { connections, options });
    let isReached = false;
    try {
      const answer = await work.first(session);
      isReached = true;
      return await work.rest(session, answer);
    } catch (error) {
      if (!mayGoOn(way, { error, isReached })) throw error;
      // What TLS said of the registry tells more than that there is nobody without it.
      if (failure === undefined || failure.ofMirror) failure = { error, ofMirror: way.isMirror };
    }
  }
  throw failure?.error;
}

function mayGoOn({ isMirror }: Endpoint, { error, isReached }: { error: unknown; isReached: boolean }): boolean {
  if (isMirror) return !isKeelsonError(error, 'cancelled') && !isKeelsonError(error, 'exhausted');
  return !isReached && isKeelsonError(error) && error.code === 'REGISTRY_UNREACHABLE' && !isTlsServer(error.cause);
}

/**
 * It speaks TLS, though it does not want us or we do not want it: without TLS it would not understand us. Who asks for a
 * certificate that we do not have closes the connection only after the handshake of TLS 1.3.
 */
function isTlsServer(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /ALERT|CERT|UND_ERR_SOCKET/.test(code);
}
