import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';

export interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
}

/** A server of the test's own on the loopback, which remembers what it was asked. */
export class TestServer implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(answer: RequestListener, tls?: { cert: string; key: string }): Promise<TestServer> {
    const listener: RequestListener = (request, response) => {
      const { method = '', url = '', headers } = request;
      server.seen.push({ method, url, headers });
      answer(request, response);
    };
    const server = new TestServer(tls ? createTlsServer(tls, listener) : createServer(listener));
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get host(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address ? `127.0.0.1:${address.port}` : '';
  }

  get raw(): Server {
    return this.#server;
  }

  /** What was asked, without the rest: `GET /v2/app/manifests/1`. */
  get lines(): string[] {
    return this.seen.map(({ method, url }) => `${method} ${url}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What stands before a registry may do to a request: true when it has answered. */
export type Meddle = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A front that passes requests on to a registry, and can meddle with them. */
export async function startFront(
  target: string,
  meddle: Meddle = () => false,
): Promise<TestServer & { cutAnswers: number[]; cutRequests: number[] }> {
  const cutAnswers: number[] = [];
  const cutRequests: number[] = [];
  const server = await TestServer.start((request, response) => {
    if (meddle(request, response)) return;
    const { method, url, headers } = request;
    const [hostname, port] = target.split(':');
    const onward = httpRequest({ hostname, port, method, path: url, headers });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      const isBlob = method === 'GET' && /\/blobs\/sha256:/.test(url ?? '');
      const cut = isBlob ? cutAnswers.shift() : undefined;
      if (cut === undefined) answer.pipe(response);
      else passUntil(answer, cut, { write: (chunk) => response.write(chunk), end: () => response.destroy() });
      answer.on('error', () => response.destroy());
    });
    const cut = method === 'PUT' || method === 'PATCH' ? cutRequests.shift() : undefined;
    if (cut === undefined) request.pipe(onward);
    else {
      passUntil(request, cut, {
        write: (chunk) => onward.write(chunk),
        end: () => {
          onward.destroy();
          response.destroy();
        },
      });
    }
    request.on('error', () => onward.destroy());
  });
  return Object.assign(server, { cutAnswers, cutRequests });
}

/** Passes so many bytes on, then ends the connection, with a pause in which they can arrive. */
function passUntil(from: IncomingMessage, limit: number, to: { write(chunk: Buffer): void; end(): void }): void {
  let passed = 0;
  from.on('data', (chunk: Buffer) => {
    if (passed >= limit) return;
    to.write(chunk.subarray(0, limit - passed));
    passed += chunk.length;
    if (passed >= limit) setTimeout(to.end, 20);
  });
  from.on('end', () => setTimeout(to.end, 20));
}
