// Commands that an in-memory sandbox knows: small programs that a test can foresee.
import type { ExecRequest, ExecResponse, ExecStart, LeaseRef } from '@pilotlight/contracts';
import { pack } from 'tar-stream';

/** What a command sees of the world. */
interface Surroundings {
  readonly start: ExecStart;
  /** What follows the start. */
  readonly messages: AsyncIterable<NonNullable<ExecRequest['message']>>;
  readonly files: InMemoryFiles;
}

/** Content by path below /workspace. */
export type InMemoryFiles = Map<string, { readonly content: Buffer; readonly mode: number }>;

type Program = (surroundings: Surroundings) => AsyncGenerator<ExecResponse>;

const out = (data: string | Uint8Array): ExecResponse => ({
  message: { $case: 'stdout', stdout: Buffer.from(data) },
});
const err = (data: string | Uint8Array): ExecResponse => ({
  message: { $case: 'stderr', stderr: Buffer.from(data) },
});
const exit = (given: { exitCode?: number; signal?: string; timedOut?: boolean }): ExecResponse => ({
  message: { $case: 'exit', exit: { exitCode: 0, signal: '', timedOut: false, ...given } },
});

const programs: Readonly<Record<string, Program>> = {
  async *echo({ start }) {
    yield out(`${start.argv.slice(1).join(' ')}\n`);
    yield exit({});
  },
  async *env({ start }) {
    yield out(`${JSON.stringify(start.env)}\n`);
    yield exit({});
  },
  async *cat({ messages }) {
    for await (const message of messages) {
      if (message.$case === 'stdin') yield out(message.stdin);
      if (message.$case === 'stdinClosed') break;
    }
    yield exit({});
  },
  /** So many pieces of 64 KiB on each of its outputs, whatever is read of them. */
  async *flood({ start }) {
    for (let piece = 0; piece < Number(start.argv[1]); piece += 1) {
      yield out(Buffer.alloc(65_536, 'o'));
      yield err(Buffer.alloc(65_536, 'e'));
    }
    yield exit({});
  },
  /** Names what it is told, until it is killed. SIGINT is one of the things that it is told. */
  async *listen({ start: { tty }, messages }) {
    yield out(tty ? `terminal ${tty.columns}x${tty.rows}\n` : 'no terminal\n');
    for await (const message of messages) {
      if (message.$case === 'stdin') yield out(message.stdin);
      if (message.$case === 'resize') {
        yield out(`resize ${message.resize.columns}x${message.resize.rows}\n`);
      }
      if (message.$case !== 'signal') continue;
      yield out(`signal ${message.signal}\n`);
      if (message.signal === 'SIGINT') continue;
      yield exit({ exitCode: -1, signal: message.signal });
      return;
    }
  },
  async *tar({ start: { argv }, files }) {
    const name = argv.at(-1) ?? '';
    const wanted = [...files].filter(([path]) => path === name || path.startsWith(`${name}/`));
    if (wanted.length === 0) {
      yield err(`tar: ${name}: Cannot stat: No such file or directory\n`);
      yield exit({ exitCode: 2 });
      return;
    }
    const archive = pack();
    for (const [path, { content, mode }] of wanted) archive.entry({ name: path, mode }, content);
    archive.finalize();
    for await (const piece of archive) yield out(piece);
    yield exit({});
  },
  async *fail() {
    yield exit({ exitCode: 3 });
  },
  async *hang() {
    yield exit({ exitCode: -1, timedOut: true });
  },
};

/** Runs `argv[0]` of the start, in the sandbox that `open` finds for its lease. */
export async function* runInMemory(
  requests: AsyncIterable<ExecRequest>,
  open: (lease: LeaseRef | undefined) => { readonly files: InMemoryFiles },
): AsyncGenerator<ExecResponse> {
  const iterator = requests[Symbol.asyncIterator]();
  const first = await iterator.next();
  const message = first.done === true ? undefined : first.value.message;
  if (message?.$case !== 'start') throw new Error('The first message was no start.');
  const { start } = message;
  const { files } = open(start.lease);
  const program = programs[start.argv[0] ?? ''];
  if (program === undefined) {
    yield err(`${start.argv[0]}: not found\n`);
    yield exit({ exitCode: 127 });
    return;
  }
  async function* messages() {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      if (next.value.message !== undefined) yield next.value.message;
    }
  }
  yield* program({ start, messages: messages(), files });
}
