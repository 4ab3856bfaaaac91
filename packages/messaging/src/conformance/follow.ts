// The part of the suite on following a stream.
import { subject, subjectFilter, wholeStream } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import type { Bus } from '../bus.ts';
import { bytes, eventSubject, take, text, unique } from './fixtures.ts';

const endless = new AbortController().signal;

/** Declares these tests inside the caller's suite. */
export function followStoredConformance(use: () => Bus): void {
  it('follows what is stored, then what comes, and says when it has caught up', async () => {
    const template = unique();
    const to = eventSubject(template);
    for (const data of ['1', '2']) await use().publish(to, bytes(data));
    await use().publish(eventSubject(unique()), bytes('another'));
    const filter = subjectFilter('sandboxEvent', { template });
    const seen: string[] = [];
    for await (const message of use().follow('SANDBOX_EVENTS', filter, 'first', endless)) {
      seen.push(`${text(message.data)}:${message.pending}`);
      if (seen.length === 2) await use().publish(to, bytes('3'));
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['1:1', '2:0', '3:0']);
  });

  it('follows from a sequence number', async () => {
    const to = eventSubject(unique());
    const receipts = [];
    for (const data of ['1', '2', '3']) receipts.push(await use().publish(to, bytes(data)));
    const from = { sequence: receipts[1]?.sequence ?? 0 };
    const messages = await take(use().follow('SANDBOX_EVENTS', to, from, endless), 2);
    expect(messages.map(({ data }) => text(data))).toEqual(['2', '3']);
    expect(messages.map(({ sequence }) => sequence)).toEqual([
      receipts[1]?.sequence,
      receipts[2]?.sequence,
    ]);
  });

  it('follows, counts and dates a whole stream, whatever subjects it takes in', async () => {
    const language = unique();
    const where = { priority: 'normal', language } as const;
    const [one, other] = [
      subject('executionRequest', where),
      subject('projectRequest', { ...where, project: 'blue' }),
    ];
    const { sequence } = await use().publish(one, bytes('1'));
    await use().publish(other, bytes('2'));
    const stream = 'EXEC_STANDARD';
    const messages = await take(use().follow(stream, wholeStream, { sequence }, endless), 2);
    expect(messages.map((message) => message.subject)).toEqual([one, other]);
    const counts = await use().count(stream, wholeStream);
    expect([counts.get(one), counts.get(other)]).toEqual([1, 1]);
    expect(await use().oldest(stream, wholeStream)).toBeInstanceOf(Date);
  });
}

/** Declares these tests inside the caller's suite. */
export function followLiveConformance(use: () => Bus): void {
  it('follows only what is new, without a gap', async () => {
    const to = eventSubject(unique());
    await use().publish(to, bytes('old'));
    const reading = take(use().follow('SANDBOX_EVENTS', to, 'new', endless), 5);
    let isDone = false;
    const done = reading.finally(() => {
      isDone = true;
    });
    for (let index = 0; !isDone; index++) await use().publish(to, bytes(`${index}`));
    const seen = (await done).map(({ data }) => text(data));
    const first = Number(seen[0]);
    expect(seen).toEqual([0, 1, 2, 3, 4].map((offset) => `${first + offset}`));
  });

  it('follows a long backlog in order, however slow the reader', async () => {
    const to = eventSubject(unique());
    const payload = new Uint8Array(4_096);
    await Promise.all(Array.from({ length: 5_000 }, () => use().publish(to, payload)));
    let last = 0;
    let count = 0;
    for await (const message of use().follow('SANDBOX_EVENTS', to, 'first', endless)) {
      expect(message.sequence).toBeGreaterThan(last);
      last = message.sequence;
      count += 1;
      if (count % 1_000 === 0) await use().read('SANDBOX_EVENTS', last);
      if (message.pending === 0) break;
    }
    expect(count).toBe(5_000);
  });

  it('stops following when told, also while it waits', async () => {
    const stop = new AbortController();
    const to = eventSubject(unique());
    await use().publish(to, bytes('1'));
    const seen: string[] = [];
    for await (const message of use().follow('SANDBOX_EVENTS', to, 'first', stop.signal)) {
      seen.push(text(message.data));
      setImmediate(() => stop.abort());
    }
    expect(seen).toEqual(['1']);
  });
}
