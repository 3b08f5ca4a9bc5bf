import type { Socket } from 'node:net';

/** Writes the first `length` bytes of `bytes`, which may be written over when it returns. */
export type WriteShort = (bytes: ArrayLike<number>, length: number) => void;

/** What Node writes to. Its types do not know of it. */
interface Handle {
  writeBuffer(request: object, bytes: Buffer): number;
  /** Bytes that the system has not taken yet. */
  readonly writeQueueSize: number;
}

/** Node's own record of a write: it is looked at only where the system does not take all bytes at once. */
type Request = new () => { oncomplete?: (status: number) => void; buffer?: Buffer };

/** Of most answers: one acknowledgement. */
const usualBytes = 4;

/**
 * Writes a few bytes to one of many connections without what `socket.write` makes for each write, a record, a Buffer and a turn of the queue: a
 * twelfth less CPU of an edge at a thousand messages a second (CPU1K). The connection's handle, which Node has had from its beginnings but does
 * not document, takes the same record again and again, as long as the system takes all bytes at once. How Node makes a record is seen at the
 * first write. Where there is no such handle, on Windows, where this has not been tried, under TLS, whose handle takes one write at a time and ends
 * the process at a second, and where something waits to be written already, bytes go in the ordinary way.
 */
export function shortWriter(isTried = process.platform !== 'win32'): (socket: Socket) => WriteShort {
  let newRequest: Request | undefined;
  let request: InstanceType<Request> | undefined;
  let usual = Buffer.allocUnsafeSlow(usualBytes);

  function learn(handle: Handle, write: () => void): void {
    const { writeBuffer } = handle;
    handle.writeBuffer = (own, bytes) => {
      // Node's own class: it fills in what it has to know of a write by itself.
      newRequest = own.constructor as Request;
      return writeBuffer.call(handle, own, bytes);
    };
    write();
    Reflect.deleteProperty(handle, 'writeBuffer');
  }

  return (socket) => {
    let handle: Handle | undefined;
    let isUnderWay = false;
    return (bytes, length) => {
      handle ??= isTried && !socket.connecting ? handleOf(socket) : undefined;
      if (!handle || isUnderWay || !socket.writable || socket.writableLength > 0) return void socket.write(copied(bytes, length));
      if (!newRequest) return learn(handle, () => void socket.write(copied(bytes, length)));
      request ??= new newRequest();
      const packet = copied(bytes, length, length === usualBytes ? usual : undefined);
      // What went wrong is told in the ordinary way.
      if (handle.writeBuffer(request, packet) !== 0) return void socket.write(copied(bytes, length));
      if (handle.writeQueueSize === 0) return;
      // Until the system has taken the rest, record and bytes are of this write.
      isUnderWay = true;
      request.buffer = packet;
      request.oncomplete = (status) => {
        isUnderWay = false;
        if (status < 0) socket.destroy();
      };
      request = undefined;
      usual = Buffer.allocUnsafeSlow(usualBytes);
    };
  };
}

function copied(bytes: ArrayLike<number>, length: number, into: Buffer = Buffer.allocUnsafe(length)): Buffer {
  for (let index = 0; index < length; index++) into[index] = bytes[index] ?? 0;
  return into;
}

function handleOf(socket: Socket): Handle | undefined {
  const handle: unknown = '_handle' in socket && !('encrypted' in socket) ? socket._handle : undefined;
  return isHandle(handle) ? handle : undefined;
}

function isHandle(handle: unknown): handle is Handle {
  return typeof handle === 'object' && handle !== null && 'writeQueueSize' in handle && 'writeBuffer' in handle && typeof handle.writeBuffer === 'function';
}
