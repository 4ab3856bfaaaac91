import { describe, expect, it } from 'vitest';
import { EventReader } from './events.ts';

const stream =
  ': ping\n\nevent: pools\ndata: {"pools":\ndata: []}\n\nid: 7\r\nevent: alert\r\ndata:x\r\n\r\ndata: plain\n\n';
const expected = [
  { type: 'pools', data: '{"pools":\n[]}' },
  { type: 'alert', data: 'x' },
  { type: 'message', data: 'plain' },
];

describe('server-sent events', () => {
  it('are read', () => expect(new EventReader().read(stream)).toEqual(expected));

  it('may be split anywhere', () => {
    for (let at = 1; at < stream.length; at += 1) {
      const reader = new EventReader();
      const events = [...reader.read(stream.slice(0, at)), ...reader.read(stream.slice(at))];
      expect(events).toEqual(expected);
    }
  });

  it('are not told before their end', () => {
    expect(new EventReader().read('event: pools\ndata: 1\n')).toEqual([]);
  });
});
