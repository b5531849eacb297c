import { type ErrorKind, KeelsonError } from '../../base/index.ts';

/** Longest part of a registry's own explanation that is told. */
const LONGEST_DETAIL = 300;

/** What an answer other than the expected one means. */
export function statusError(status: number, what: string, body: string): KeelsonError {
  const detail = explanation(body);
  const message = `${what}: the registry answers ${status}${detail && ` (${detail})`}`;
  const answerError = (kind: ErrorKind, code: string, hint?: string) => new KeelsonError(kind, message, { code, hint });
  if (status === 401)
    return answerError('denied', 'REGISTRY_UNAUTHORIZED', 'log in with `keelson login`, or check the name');
  if (status === 403) return answerError('denied', 'REGISTRY_DENIED', 'this login may not do it; check the name');
  if (status === 404) return answerError('not-found', 'REGISTRY_NOT_FOUND', 'check name and tag');
  if (status === 413)
    return answerError('denied', 'REGISTRY_TOO_LARGE', 'a server before the registry limits uploads; see upload-chunk');
  if (status === 429) return answerError('unavailable', 'REGISTRY_LIMIT', 'it takes no more requests now; try later');
  // A range that does not fit is told by whoever lost a part of an upload: that is to be sent again.
  const isOurs = status >= 400 && status < 500 && status !== 408 && status !== 416;
  return answerError(isOurs ? 'invalid' : 'unavailable', 'REGISTRY_STATUS');
}

/** The connection failed, or the name of the host is unknown. */
export function connectionError(host: string, cause: unknown): KeelsonError {
  const reason = causeOf(cause);
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const hint = /ALERT|UND_ERR_SOCKET/.test(code)
    ? `if it wants a certificate of ours: /etc/docker/certs.d/${host}/client.cert and client.key`
    : /certificate|self[- ]signed/i.test(reason)
      ? `put the registry's CA into /etc/docker/certs.d/${host}/ca.crt`
      : 'check the name, the network and the proxy';
  return new KeelsonError('unavailable', `cannot reach the registry ${host}: ${reason}`, {
    code: 'REGISTRY_UNREACHABLE',
    hint,
    cause,
  });
}

/** An aggregate of one try for each address says nothing itself. */
function causeOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return causeOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}

/** `{"errors":[{"code","message"}]}` of the distribution specification. */
function explanation(body: string): string {
  try {
    const document: unknown = JSON.parse(body);
    if (typeof document !== 'object' || document === null || !('errors' in document)) return '';
    const [first] = Array.isArray(document.errors) ? document.errors : [];
    return String(first?.message ?? first?.code ?? '').slice(0, LONGEST_DETAIL);
  } catch {
    return '';
  }
}
