// Reads a job back (see job.ts), as a runner would.
import type { Job } from '../job.ts';

const headerBytes = 16;
const blockBytes = 512;

const untilNul = (field: Buffer) => field.toString('utf8').split('\0', 1)[0] ?? '';
const values = (field: Buffer | undefined) =>
  field?.toString('utf8').split('\0').slice(0, -1) ?? [];

function readEntries(archive: Buffer): Map<string, Buffer> {
  const entries = new Map<string, Buffer>();
  for (let offset = 0; (archive[offset] ?? 0) !== 0; ) {
    const header = archive.subarray(offset, offset + blockBytes);
    const [name, prefix] = [untilNul(header.subarray(0, 100)), untilNul(header.subarray(345, 500))];
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
    const start = offset + blockBytes;
    entries.set(prefix === '' ? name : `${prefix}/${name}`, archive.subarray(start, start + size));
    offset = start + Math.ceil(size / blockBytes) * blockBytes;
  }
  return entries;
}

/** The job that `encodeJob` made these bytes from. */
export function decodeJob(bytes: Uint8Array): Job {
  const message = Buffer.from(bytes);
  const length = Number(message.toString('latin1', 0, headerBytes));
  const entries = readEntries(message.subarray(headerBytes, headerBytes + length));
  const prefix = 'workspace/';
  const nonce = entries.get('job/nonce');
  const stdin = entries.get('job/stdin');
  return {
    argv: values(entries.get('job/argv')),
    env: Object.fromEntries(
      values(entries.get('job/env')).map((pair) => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at), pair.slice(at + 1)];
      }),
    ),
    ...(stdin === undefined ? {} : { stdin }),
    ...(nonce === undefined ? {} : { nonce: nonce.toString('latin1') }),
    files: [...entries]
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, content]) => ({ path: path.slice(prefix.length), content })),
  };
}
