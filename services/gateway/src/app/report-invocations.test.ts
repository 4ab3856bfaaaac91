import { fromJsonBytes, Invocation, InvocationReport } from '@pilotlight/contracts';
import type { Bus, PublishOptions } from '@pilotlight/messaging';
import { describe, expect, it } from 'vitest';
import { reportInvocations } from './report-invocations.ts';

const receivedAt = new Date('2026-01-02T10:30:00Z');

function recordingBus(maxPayloadBytes: number) {
  const messages: { data: Uint8Array; messageId: string | undefined }[] = [];
  const bus: Pick<Bus, 'maxPayloadBytes' | 'publish'> = {
    maxPayloadBytes,
    async publish(_subject, data, { messageId }: PublishOptions = {}) {
      messages.push({ data, messageId });
      return { stream: 'TELEMETRY', sequence: messages.length, duplicate: false };
    },
  };
  return { bus, messages };
}

const invocations = Array.from({ length: 10 }, (_, index) =>
  Invocation.create({
    ...{ id: `${index}`, invocationId: `i-${index}`, functionName: 'f', timestamp: receivedAt },
    moduleTimings: { ['x'.repeat(1_000)]: index },
  }),
);
const report = { project: 'blue', receivedAt, invocations, request: '{}' };

describe('a report', () => {
  it('is one message where the server takes that', async () => {
    const { bus, messages } = recordingBus(1_000_000);
    await reportInvocations(bus, report);
    expect(messages.map(({ data }) => fromJsonBytes(InvocationReport, data))).toEqual([
      { project: 'blue', receivedAt, invocations },
    ]);
  });

  it('is cut where it is larger, in the same way each time', async () => {
    const { bus, messages } = recordingBus(5_000);
    await reportInvocations(bus, report);
    const parts = messages.map(({ data }) => fromJsonBytes(InvocationReport, data).invocations);
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.flat()).toEqual(invocations);
    for (const { data } of messages) expect(data.length).toBeLessThanOrEqual(5_000 - 1_024);
    const ids = messages.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(parts.length);
    await reportInvocations(bus, report);
    expect(messages.slice(parts.length).map(({ messageId }) => messageId)).toEqual(ids);
  });

  it('of one invocation that is too large for the server is refused', async () => {
    const { bus, messages } = recordingBus(2_000);
    await expect(reportInvocations(bus, report)).rejects.toMatchObject({
      code: 'invalid_argument',
      details: [{ problem: expect.stringContaining('f i-0') }],
    });
    expect(messages).toEqual([]);
  });
});
