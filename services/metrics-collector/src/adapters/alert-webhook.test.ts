// Against a real HTTP server that answers, refuses, redirects, hangs and recovers.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Alert, PlatformError } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryQueue, deliveryTimeoutMs } from '../app/delivery-queue.ts';
import { alertWebhook } from './alert-webhook.ts';

interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

let server: Server;
let received: Received[];
let answer: (response: ServerResponse) => void;
let onReceived: () => void;

beforeEach(async () => {
  received = [];
  answer = (response) => response.writeHead(204).end();
  onReceived = () => {};
  server = createServer(async (request, response) => {
    const body: unknown = JSON.parse(await text(request));
    received.push({ path: request.url, headers: request.headers, body });
    answer(response);
    onReceived();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  if (server.listening) await once(server, 'close');
});

const address = (path = '/hook/s3cret') =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

const alert = Alert.create({
  alertId: 'a1',
  name: 'queue_age',
  severity: 'critical',
  state: 'firing',
  labels: { queue: 'standard' },
  value: 700,
  threshold: 600,
});

const never = new AbortController().signal;

async function errorOf(sending: Promise<void>): Promise<PlatformError> {
  const thrown: unknown = await sending.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof PlatformError)) throw new Error(`not refused: ${String(thrown)}`);
  return thrown;
}

describe('alertWebhook', () => {
  it('posts the alert as JSON', async () => {
    await alertWebhook(address())(alert, never);
    expect(received).toMatchObject([{ path: '/hook/s3cret', body: Alert.toJSON(alert) }]);
    expect(received[0]?.headers['content-type']).toBe('application/json');
    expect(received[0]?.headers.authorization).toBeUndefined();
  });

  it('sends credentials of the address in a header', async () => {
    const withCredentials = address().replace('http://', 'http://user:p%40ss@');
    await alertWebhook(withCredentials)(alert, never);
    const basic = Buffer.from('user:p@ss').toString('base64');
    expect(received[0]?.headers.authorization).toBe(`Basic ${basic}`);
  });

  it.each([
    [500, 'after'],
    [503, 'after'],
    [429, 'after'],
    [408, 'after'],
    [400, 'never'],
    [404, 'never'],
  ])('says of %i whether to try again: %s', async (status, retry) => {
    answer = (response) => response.writeHead(status).end('why');
    const error = await errorOf(alertWebhook(address())(alert, never));
    expect(error.retry.kind).toBe(retry);
    expect(error.message).toBe(`The webhook answered ${status}.`);
  });

  it('does not follow a redirect', async () => {
    answer = (response) => response.writeHead(307, { location: address('/elsewhere') }).end();
    const error = await errorOf(alertWebhook(address())(alert, never));
    expect(error.retry.kind).toBe('never');
    expect(received.map(({ path }) => path)).toEqual(['/hook/s3cret']);
  });

  it('does not wait for the end of an answer', async () => {
    answer = (response) => response.writeHead(200).write('and so on');
    await alertWebhook(address())(alert, never);
    expect(received).toHaveLength(1);
  });

  it('says nothing of the address where nobody listens', async () => {
    const hook = alertWebhook(address().replace('http://', 'http://user:pass@'));
    server.close();
    await once(server, 'close');
    const error = await errorOf(hook(alert, never));
    expect(error.retry.kind).toBe('after');
    expect(error.message).toBe('The webhook cannot be reached: ECONNREFUSED.');
    expect(error.cause).toBeUndefined();
  });
});

it('is tried again after it hung and failed, and nobody waited for it', async () => {
  const clock = new ManualClock();
  const outcomes: string[] = [];
  let counted = Promise.withResolvers<void>();
  const queue = new DeliveryQueue({
    ...{ channel: 'webhook', clock, logger: { warn: () => {} } },
    deliver: alertWebhook(address()),
    count(outcome) {
      outcomes.push(outcome);
      counted.resolve();
      counted = Promise.withResolvers();
    },
  });
  const answers = [
    () => {},
    (response: ServerResponse) => response.writeHead(500).end(),
    (response: ServerResponse) => response.writeHead(204).end(),
  ];
  answer = (response) => answers[received.length - 1]?.(response);
  const arrived = new Promise<void>((resolve) => {
    onReceived = resolve;
  });
  queue.tell(alert);
  await arrived;
  for (const expected of ['retried', 'retried', 'delivered']) {
    const outcome = counted.promise;
    // The first one hangs until its time is over; before the others there is a wait to pass.
    clock.advance(deliveryTimeoutMs);
    await outcome;
    expect(outcomes.at(-1)).toBe(expected);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(received.map(({ body }) => body)).toEqual(Array(3).fill(Alert.toJSON(alert)));
  await queue.stop();
});
