import { expect, it } from 'vitest';
import { parseExitReport } from './exit-status.ts';

it.each([
  ['exit 0', { kind: 'exited', code: 0 }],
  ['exit 137', { kind: 'exited', code: 137 }],
  ['signal 137', { kind: 'signalled', signal: 'SIGKILL' }],
  ['signal 134', { kind: 'signalled', signal: 'SIGABRT' }],
  ['signal 192', { kind: 'signalled', signal: 'SIG64' }],
  ['', undefined],
  ['exit', undefined],
  ['exit 1 2', undefined],
  ['exit -1', undefined],
])('reads %j', (line, status) => {
  expect(parseExitReport(line)).toEqual(status);
});
