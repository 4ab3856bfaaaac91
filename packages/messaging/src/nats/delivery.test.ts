import { expect, it } from 'vitest';
import { parseDelivery } from './delivery.ts';

const delivery = {
  count: 2,
  streamSequence: 17,
  consumerSequence: 5,
  storedAt: new Date(1_767_225_600_000),
  pending: 3,
};

it.each([
  '$JS.ACK.EVENTS.reader.2.17.5.1767225600000000000.3',
  '$JS.ACK.hub.ACCOUNTHASH.EVENTS.reader.2.17.5.1767225600000000000.3.random',
])('reads %s', (reply) => {
  expect(parseDelivery(reply)).toEqual(delivery);
});

it.each([undefined, '', '_INBOX.x', '$JS.FC.EVENTS.reader.abc', '$JS.ACK.EVENTS.reader'])(
  'is undefined for %s',
  (reply) => {
    expect(parseDelivery(reply)).toBeUndefined();
  },
);
