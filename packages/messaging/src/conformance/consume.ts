// The part of the suite on durable consumers.
import { subjectFilter } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import type { Bus, ConsumeOptions, StoredMessage } from '../bus.ts';
import { bytes, eventSubject, text, unique } from './fixtures.ts';

/** Collects batches, and resolves a promise when so many messages have come. */
function collector(expected: number) {
  const batches: string[][] = [];
  const all = Promise.withResolvers<void>();
  return {
    batches,
    all: all.promise,
    async handle(batch: readonly StoredMessage[]): Promise<void> {
      batches.push(batch.map(({ data }) => text(data)));
      if (batches.flat().length >= expected) all.resolve();
    },
  };
}

/** Declares these tests inside the caller's suite. */
export function consumeConformance(use: () => Bus): void {
  const optionsFor = (
    template: string,
    handle: ConsumeOptions['handle'],
    batchSize = 10,
  ): ConsumeOptions => ({
    stream: 'SANDBOX_EVENTS',
    filter: subjectFilter('sandboxEvent', { template }),
    durable: `test-${template}`,
    batchSize,
    batchWaitMs: 20,
    handle,
  });

  it('hands over batches, and after a restart only what was not acknowledged', async () => {
    const template = unique();
    const publish = (data: string) => use().publish(eventSubject(template), bytes(data));
    for (const data of ['1', '2', '3', '4', '5']) await publish(data);
    const first = collector(5);
    const reader = await use().consume(optionsFor(template, first.handle, 2));
    await first.all;
    await reader.stop();
    await reader.done;
    expect(first.batches).toEqual([['1', '2'], ['3', '4'], ['5']]);

    await publish('6');
    const second = collector(1);
    const again = await use().consume(optionsFor(template, second.handle, 2));
    await second.all;
    await again.stop();
    expect(second.batches).toEqual([['6']]);
  });

  it('waits for messages that are not there yet', async () => {
    const template = unique();
    const seen = collector(1);
    const reader = await use().consume(optionsFor(template, seen.handle));
    await use().publish(eventSubject(template), bytes('late'));
    await seen.all;
    await reader.stop();
    expect(seen.batches).toEqual([['late']]);
  });

  it('delivers a batch again when its handler rejects', async () => {
    const template = unique();
    for (const data of ['1', '2']) await use().publish(eventSubject(template), bytes(data));
    const seen = collector(4);
    let attempts = 0;
    const reader = await use().consume(
      optionsFor(template, async (batch) => {
        await seen.handle(batch);
        attempts += 1;
        if (attempts === 1) throw new Error('not now');
      }),
    );
    await seen.all;
    await reader.stop();
    expect(seen.batches[0]).toEqual(['1', '2']);
    expect(seen.batches.slice(1).flat().toSorted()).toEqual(['1', '2']);
  });

  it('shares the work among readers of one name', async () => {
    const template = unique();
    const seen = collector(60);
    const options = optionsFor(template, seen.handle, 5);
    const readers = await Promise.all([use().consume(options), use().consume(options)]);
    const publishing = Array.from({ length: 60 }, (_, index) =>
      use().publish(eventSubject(template), bytes(`${index}`)),
    );
    await Promise.all(publishing);
    await seen.all;
    await Promise.all(readers.map((reader) => reader.stop()));
    expect(new Set(seen.batches.flat()).size).toBe(60);
    expect(seen.batches.flat()).toHaveLength(60);
  });

  it('keeps nothing from the next reader that was on its way when it was stopped', async () => {
    const template = unique();
    const all = Array.from({ length: 1_000 }, (_, nth) => `${nth}`);
    await Promise.all(all.map((data) => use().publish(eventSubject(template), bytes(data))));
    const seen = collector(all.length);
    // Each is stopped a little later after its first batch: some while it asks for the next one.
    const isLeft = () => seen.batches.flat().length < all.length;
    for (let turn = 0; turn < 12 && isLeft(); turn += 1) {
      const handled = Promise.withResolvers<void>();
      const reader = await use().consume(
        optionsFor(
          template,
          async (batch) => {
            await seen.handle(batch);
            handled.resolve();
          },
          2,
        ),
      );
      await handled.promise;
      for (let tick = 0; tick < turn; tick += 1) await new Promise((next) => setImmediate(next));
      await reader.stop();
    }
    const last = await use().consume(optionsFor(template, seen.handle));
    await seen.all;
    await last.stop();
    expect(seen.batches.flat().toSorted()).toEqual(all.toSorted());
  });

  it('waits for the batch in hand when it is stopped', async () => {
    const template = unique();
    await use().publish(eventSubject(template), bytes('1'));
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const order: string[] = [];
    const reader = await use().consume(
      optionsFor(template, async () => {
        started.resolve();
        await release.promise;
        order.push('handled');
      }),
    );
    await started.promise;
    const stopping = reader.stop().then(() => order.push('stopped'));
    release.resolve();
    await stopping;
    await reader.stop();
    expect(order).toEqual(['handled', 'stopped']);
  });

  it('knows how far behind a consumer is, with what it has in hand', async () => {
    const template = unique();
    const lag = () => use().consumerLag('SANDBOX_EVENTS', `test-${template}`);
    expect(await lag()).toBeUndefined();
    const published = await use().publish(eventSubject(template), bytes('1'));
    for (const data of ['2', '3']) await use().publish(eventSubject(template), bytes(data));
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const reader = await use().consume(
      optionsFor(
        template,
        async () => {
          started.resolve();
          await release.promise;
        },
        1,
      ),
    );
    await started.promise;
    const oldest = await use().read('SANDBOX_EVENTS', published.sequence);
    expect(await lag()).toEqual({ pending: 3, oldestPendingAt: oldest?.storedAt });
    const stopping = reader.stop();
    release.resolve();
    await stopping;
    const seen = collector(2);
    const again = await use().consume(optionsFor(template, seen.handle));
    await seen.all;
    await again.stop();
    await expect.poll(lag).toEqual({ pending: 0 });
  });
}
