import { expect, it } from 'vitest';
import { hasListener } from './relay.ts';

const line = (local: string, state: string) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 65534 0 1 1 0`;

it.each([
  ['127.0.0.1', '0100007F:1F90', true],
  ['every IPv4 address', '00000000:1F90', true],
  ['every address', '00000000000000000000000000000000:1F90', true],
  ['127.0.0.1 in IPv6', '0000000000000000FFFF00000100007F:1F90', true],
  ['another port', '0100007F:1F91', false],
  ['another address', '0202000A:1F90', false],
  ['IPv6 loopback only', '00000000000000000000000001000000:1F90', false],
])('sees whether somebody listens on %s', (_, local, expected) => {
  const table = `  sl  local_address rem_address   st tx_queue\n${line(local, '0A')}\n`;
  expect(hasListener(table, 8080)).toBe(expected);
});

it('does not take a connection for a listener', () => {
  expect(hasListener(line('0100007F:1F90', '01'), 8080)).toBe(false);
});
