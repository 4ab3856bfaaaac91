import { describe, expect, it } from 'vitest';
import { StatusLine } from './status-line.ts';

function shown(isTTY: boolean): string {
  let text = '';
  const line = new StatusLine({ write: (piece: string) => (text += piece), isTTY });
  line.update('one');
  line.update('one');
  line.print('stays');
  line.update('two');
  line.clear();
  return text;
}

describe('StatusLine', () => {
  it('changes one line on a terminal', () => {
    expect(shown(true).replaceAll('\r\u001b[2K', '<')).toBe('<one<stays\none<two<');
  });

  it('writes only what stays elsewhere', () => {
    expect(shown(false)).toBe('stays\n');
  });
});
