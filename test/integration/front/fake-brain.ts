/**
 * `fake-brain.ts SOCKET UID FRAME`: becomes that user, listens at the socket, and sends the bytes (in hexadecimal) to
 * everybody who connects. Says `ready` when it listens.
 */
import { createServer } from 'node:net';

const [path = '', uid = '0', frame = ''] = process.argv.slice(2);
process.setuid?.(Number(uid));
const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.write(Buffer.from(frame, 'hex'));
});
server.listen(path, () => console.log('ready'));
