import type { ExecResponse } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandEvents, outcomeOf, requestsOf } from './command.ts';

async function* told(messages: NonNullable<ExecResponse['message']>[]) {
  for (const message of messages) yield { message };
}

const exit = { $case: 'exit', exit: { exitCode: 0, signal: '', timedOut: false } } as const;

describe('events of a command', () => {
  it('hold every byte, in order, and split no character, whatever the pieces', async () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), pieces, async (text, sizes) => {
        const bytes = Buffer.from(text.toWellFormed());
        const messages: NonNullable<ExecResponse['message']>[] = [];
        let at = 0;
        for (const size of [...sizes, bytes.length]) {
          messages.push({ $case: 'stdout', stdout: bytes.subarray(at, at + size) });
          at += size;
        }
        const events: string[] = [];
        for await (const event of commandEvents(told([...messages, exit]), () => ({}))) {
          events.push(event);
        }
        const data = events
          .filter((event) => event.startsWith('event: output'))
          .map((event) => JSON.parse(event.split('data: ')[1] ?? ''));
        expect(data.every(({ encoding }) => encoding === undefined)).toBe(true);
        expect(data.map((event) => event.data).join('')).toBe(bytes.toString());
      }),
    );
  });

  it('end with an error where the call broke', async () => {
    async function* broken(): AsyncGenerator<ExecResponse> {
      yield { message: { $case: 'stderr', stderr: Buffer.from([0xff]) } };
      throw new Error('gone');
    }
    const events: string[] = [];
    for await (const event of commandEvents(broken(), () => ({ detail: 'gone' }))) {
      events.push(event);
    }
    expect(events).toEqual([
      ': running\n\n',
      'event: output\ndata: {"stream":"stderr","data":"/w==","encoding":"base64"}\n\n',
      'event: error\ndata: {"detail":"gone"}\n\n',
    ]);
  });
});

it('a command without an exit is a fault', async () => {
  await expect(outcomeOf(told([]))).rejects.toThrow('without an exit');
});

it('input goes in pieces, and ends', async () => {
  const start = { lease: undefined, argv: ['cat'], env: {}, cwd: '', timeoutSeconds: 0 };
  const cases: string[] = [];
  for await (const { message } of requestsOf(start, Buffer.alloc(300_000))) {
    cases.push(message?.$case ?? '');
  }
  expect(cases).toEqual(['start', 'stdin', 'stdin', 'stdinClosed']);
});
