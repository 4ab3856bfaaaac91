import { SandboxEvent, StartPhases, sandboxEventTypes } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { eventMessage, leased, result, resultMessage, stopped } from '../testing/events.ts';
import { recordsOf, type SourceMessage } from './records.ts';
import { unknownFields } from './unknown-fields.ts';

const on = (subject: string, text: string): SourceMessage => ({
  ...eventMessage(leased()),
  subject,
  data: Buffer.from(text),
});

describe('recordsOf', () => {
  it('keeps an event of a type that it does not know as it came', () => {
    const text = '{ "type": "migrated", "to":"n9" }';
    const message = on('sandbox.event.migrated.python', text);
    const { otherEvents, deadLetters } = recordsOf([message]);
    expect(otherEvents).toEqual([
      {
        ...{ stream: 'SANDBOX_EVENTS', sequence: message.sequence, subject: message.subject },
        ...{ type: 'migrated', event: text },
      },
    ]);
    expect(deadLetters).toEqual([]);
  });

  it.each(sandboxEventTypes)('knows %s', (type) => {
    const { otherEvents } = recordsOf([on(`sandbox.event.${type}.python`, '{}')]);
    expect(otherEvents).toEqual([]);
  });

  it('puts aside what has no type that it knows and is not JSON', () => {
    const { otherEvents, deadLetters } = recordsOf([on('sandbox.event.migrated.python', '{')]);
    expect(otherEvents).toEqual([]);
    expect(deadLetters).toHaveLength(1);
  });

  it('has the rows in the order of their keys, whatever the order of the messages', () => {
    const ids = ['c', 'a', 'b'].map((letter) => `${letter.repeat(8)}-8f6a-4a9e-9c55-0d4f6a7b8c9d`);
    const requests = ids.flatMap((id) => [leased({ requestId: id }), stopped({ requestId: id })]);
    const results = ['z', 'x', 'y'].map((executionId) => resultMessage(result({ executionId })));
    const records = recordsOf([...requests.map(eventMessage), ...results]);
    expect(records.containerStats.map((row) => row.id)).toEqual(ids.toSorted());
    expect(records.executions.map((row) => row.execution_id)).toEqual(['x', 'y', 'z']);
  });

  it('refuses phases that are no numbers', () => {
    const [, bad] = [0, on('sandbox.event.leased.python', '{"phases":{"total_ms":"soon"}}')];
    expect(recordsOf([bad]).deadLetters[0]?.reason).toMatch(/phases.totalMs: is not a number/);
  });
});

describe('unknownFields', () => {
  it('finds none in an event of this version', () => {
    const everything = SandboxEvent.create({ phases: StartPhases.create() });
    const times = Object.keys(everything).filter((name) => name === 'at' || name.endsWith('At'));
    const event = {
      ...everything,
      ...Object.fromEntries(times.map((name) => [name, new Date(0)])),
    };
    const json = SandboxEvent.toJSON(event) as Record<string, unknown>;
    expect(Object.keys(json)).toHaveLength(Object.keys(everything).length);
    expect(unknownFields(json)).toBeUndefined();
  });

  it('finds those of the event and of its phases', () => {
    expect(
      unknownFields({ type: 'leased', zone: 'a', phases: { total_ms: 1, thaw_ms: 2 } }),
    ).toEqual({
      zone: 'a',
      phases: { thaw_ms: 2 },
    });
    expect(unknownFields({ phases: null, s3_bucket: 'b' })).toBeUndefined();
  });
});
