/**
 * One end of a conversation, run in a network namespace of a test:
 *   peer.ts serve PORT…             answers TCP and UDP with `from ADDRESS`, says `ready` on descriptor 1
 *   peer.ts ask tcp|udp HOST PORT   prints the answer, or `refused`, `timeout`, `unreachable`
 */
import { createSocket } from 'node:dgram';
import { connect, createServer, isIPv6 } from 'node:net';

const PATIENCE = 700;
const [role, ...rest] = process.argv.slice(2);
const plain = (address: string | undefined) => (address ?? '').replace(/^::ffff:/, '');

if (role === 'serve') {
  for (const port of rest.map(Number)) {
    await new Promise<void>((resolve) =>
      createServer((socket) => {
        socket.on('error', () => undefined);
        socket.end(`from ${plain(socket.remoteAddress)}`);
      }).listen(port, resolve),
    );
    const udp = createSocket({ type: 'udp6' });
    udp.on('message', (_, from) => udp.send(`from ${plain(from.address)}`, from.port, from.address));
    await new Promise<void>((resolve) => udp.bind(port, resolve));
  }
  process.stdout.write('ready\n');
} else {
  const [protocol, host = '', port] = rest;
  const answer = protocol === 'tcp' ? askTcp(host, Number(port)) : askUdp(host, Number(port));
  const late = new Promise<string>((resolve) => setTimeout(resolve, PATIENCE, 'timeout'));
  process.stdout.write(await Promise.race([answer, late]));
  process.exit();
}

function askTcp(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host, port });
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', (error) => resolve(nameOf(error)));
  });
}

function askUdp(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
    socket.on('error', (error) => resolve(nameOf(error)));
    socket.on('message', (data) => resolve(String(data)));
    // Connected, so that an ICMP error is heard.
    socket.connect(port, host, () => socket.send('hello'));
  });
}

function nameOf(error: Error & { code?: string }): string {
  if (error.code === 'ECONNREFUSED') return 'refused';
  return error.code === 'EHOSTUNREACH' || error.code === 'ENETUNREACH' ? 'unreachable' : String(error.code);
}
