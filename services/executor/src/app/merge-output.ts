// Two streams of one program as one sequence, with backpressure: nothing is read before the
// consumer asks for it.
import type { Readable } from 'node:stream';
import type { OutputStreamName } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';

export interface OutputPiece {
  readonly stream: OutputStreamName;
  readonly data: Uint8Array;
}

export interface MergeOptions {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the program has ended; its orphans may hold the streams open for ever. */
  readonly ended: Promise<unknown>;
  readonly clock: Clock;
  /** After the end, streams that stay silent for so long are given up. */
  readonly graceMs: number;
}

interface Source {
  readonly stream: OutputStreamName;
  readonly next: () => Promise<Read>;
}

interface Read {
  readonly source: Source;
  readonly data: Uint8Array | undefined;
}

/** Ends when both streams have, or when they are silent after the program's end. Destroys both. */
export async function* mergeOutput(options: MergeOptions): AsyncGenerator<OutputPiece> {
  const { stdout, stderr } = options;
  const sources = [sourceOf('stdout', stdout), sourceOf('stderr', stderr)];
  const reads = new Map(sources.map((source) => [source, source.next()]));
  let isOver = false;
  const ended = options.ended.then(() => {
    isOver = true;
    return 'ended' as const;
  });
  try {
    while (reads.size > 0) {
      const read = isOver
        ? await Promise.race([...reads.values(), silence(options)])
        : await Promise.race([...reads.values(), ended]);
      if (read === 'ended') continue;
      if (read === 'silent') return;
      if (read.data === undefined) {
        reads.delete(read.source);
        continue;
      }
      reads.set(read.source, read.source.next());
      yield { stream: read.source.stream, data: read.data };
    }
  } finally {
    stdout.destroy();
    stderr.destroy();
  }
}

function sourceOf(stream: OutputStreamName, readable: Readable): Source {
  const chunks: AsyncIterator<Uint8Array> = readable[Symbol.asyncIterator]();
  const source: Source = {
    stream,
    async next() {
      try {
        const { done, value } = await chunks.next();
        return { source, data: done === true ? undefined : value };
      } catch {
        // A stream that breaks has ended: how the program ended is told by its exit.
        return { source, data: undefined };
      }
    },
  };
  return source;
}

/** The timer may come late with data behind it: one more turn of the event loop lets that come first. */
function silence({ clock, graceMs }: MergeOptions): Promise<'silent'> {
  return new Promise((resolve) => {
    clock.after(graceMs, () => setImmediate(() => setImmediate(resolve, 'silent' as const)));
  });
}
