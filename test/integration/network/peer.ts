/** Answers TCP and UDP on these ports with `from ADDRESS`; says `ready` on descriptor 1. ask.c is the other end. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const plain = (address: string | undefined) => (address ?? '').replace(/^::ffff:/, '');

for (const port of process.argv.slice(2).map(Number)) {
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
