// A WebSocket server small enough to read: text frames out, control frames in. For the mock only.
import { createHash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function frame(opcode, payload) {
  const n = payload.length;
  const head = n < 126 ? Buffer.alloc(2) : n < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = 0x80 | opcode;
  if (n < 126) head[1] = n;
  else if (n < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(n, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(n), 2);
  }
  return Buffer.concat([head, payload]);
}

/** Accepts an upgrade; gives `send(object)` and `close()`. */
export function accept(request, socket, onClose) {
  const key = createHash('sha1')
    .update(request.headers['sec-websocket-key'] + GUID)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
  );
  let open = true;
  const end = () => {
    if (open) onClose();
    open = false;
    socket.destroy();
  };
  socket.on('close', end);
  socket.on('error', end);
  socket.on('data', (data) => {
    if ((data[0] & 0x0f) === 8) end();
  });
  return {
    send: (message) => open && socket.write(frame(1, Buffer.from(JSON.stringify(message)))),
    close: end,
  };
}
