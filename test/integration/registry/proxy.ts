import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { TestServer } from './front.ts';

/**
 * A proxy on the loopback that knows some names by itself: tunnels for TLS, plain requests otherwise.
 * @param names `registry.test:443` and where it is
 * @param login what it wants in `Proxy-Authorization`
 */
export async function startProxy(names: Readonly<Record<string, string>>, login?: string): Promise<TestServer> {
  const proxy = await TestServer.start((request, response) => {
    const { method, headers } = request;
    const url = new URL(request.url ?? '');
    const [hostname, port] = (names[`${url.hostname}:${url.port || 80}`] ?? '').split(':');
    const onward = httpRequest({ hostname, port, method, path: url.pathname + url.search, headers });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  proxy.raw.on('connect', (request: IncomingMessage, socket: Duplex) => {
    const { url = '', headers } = request;
    proxy.seen.push({ method: 'CONNECT', url, headers });
    const isKnown = login === undefined || headers['proxy-authorization'] === `Basic ${btoa(login)}`;
    const target = names[url];
    if (!isKnown || target === undefined) return socket.end(`HTTP/1.1 ${isKnown ? 502 : 407} no\r\n\r\n`);
    const [host, port] = target.split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 ok\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    return socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
  });
  return proxy;
}
