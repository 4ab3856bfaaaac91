// Bytes in pieces that fit a message well: few enough to be cheap, small enough to keep moving.

/** Far below what a message may hold, which is 16 MiB. */
const pieceBytes = 256 * 1024;

/** The same bytes, in order, without copies. */
export function* split(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** The same bytes with small pieces joined and large ones split. */
export async function* regrouped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const given of source) {
    for (const piece of split(given)) {
      if (heldBytes + piece.length > pieceBytes) {
        yield Buffer.concat(held);
        held = [];
        heldBytes = 0;
      }
      held.push(piece);
      heldBytes += piece.length;
    }
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}
