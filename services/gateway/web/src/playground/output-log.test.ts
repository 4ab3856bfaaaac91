import { describe, expect, it } from 'vitest';
import { base64FromBytes } from './base64.ts';
import { maxPieceLength, OutputLog } from './output-log.ts';
import type { OutputFrame } from './wire.ts';

const frame = (more: Partial<OutputFrame>): OutputFrame => ({
  ...{ type: 'output', seq: 1, stream: 'stdout', stage: 'run', data: '' },
  ...more,
});

describe('the log of output', () => {
  it('keeps the streams apart, their colours too', () => {
    const log = new OutputLog();
    log.add(frame({ data: '\x1b[31mred' }));
    const [piece] = log.add(frame({ stream: 'stderr', data: 'plain' }));
    expect(piece).toEqual({ kind: 'stderr', stage: 'run', text: 'plain', style: {} });
  });

  it('keeps every byte for the download, escapes and binary too', async () => {
    const log = new OutputLog();
    log.add(frame({ data: '\x1b[31mé' }));
    const [binary] = log.add(frame({ data: '/wA=', encoding: 'base64' }));
    expect(binary?.text).toBe('[binary, 2 bytes: ff 00]\n');
    const bytes = new Uint8Array(await new Blob([...log.parts]).arrayBuffer());
    expect([...bytes]).toEqual([0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xc3, 0xa9, 0xff, 0x00]);
  });

  it('shows the text before it as text', () => {
    const bytes = Uint8Array.from([...new TextEncoder().encode('é\nok\n'), 0xff, 10, 65]);
    const pieces = new OutputLog().add(frame({ data: base64FromBytes(bytes), encoding: 'base64' }));
    expect(pieces.map(({ kind, text }) => [kind, text])).toEqual([
      ['stdout', 'é\nok\n'],
      ['binary', '[binary, 3 bytes: ff 0a 41]\n'],
    ]);
  });

  it('shows the beginning of a long binary', () => {
    const data = base64FromBytes(new Uint8Array(2_000));
    const [piece] = new OutputLog().add(frame({ data, encoding: 'base64' }));
    expect(piece?.text).toContain('… and 1488 more');
  });

  it('tells long text in pieces that split no character', () => {
    const data = `x${'🔥'.repeat(maxPieceLength)}`;
    const pieces = new OutputLog().add(frame({ data }));
    expect(pieces.length).toBeGreaterThan(1);
    for (const { text } of pieces) expect(text.isWellFormed()).toBe(true);
    expect(pieces.map(({ text }) => text).join('')).toBe(data);
  });
});
