// The colours of the pages. Here, and not among the pages' own tests, because it reads their files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const sources = join(import.meta.dirname, '../../web/src');
const styles = ['frame/tokens.css', 'playground/playground.css'].map((path) =>
  readFileSync(join(sources, path), 'utf8'),
);

/** Custom properties of the rules whose selector is exactly this. */
function colorsOf(selector: string): Map<string, string> {
  const colors = new Map<string, string>();
  for (const css of styles) {
    const rule = css.split(`\n${selector} {`)[1] ?? css.split(`${selector} {`)[1] ?? '';
    const body = rule.slice(0, rule.indexOf('}'));
    for (const [, name = '', value = ''] of body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)) {
      colors.set(name, value);
    }
  }
  return colors;
}

/** WCAG 2.2's relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const grounds = ['ground', 'panel', 'sunken'];
const texts = ['text', 'muted', 'accent', 'good', 'bad', 'warn', 'info'];
const code = ['keyword', 'string', 'number', 'function', 'type'].map((name) => `code-${name}`);
const ansi = Array.from({ length: 8 }, (_, index) => `ansi-${index + 1}`);
const heats = Array.from({ length: 5 }, (_, index) => `heat-${index}`);
const pairs = [
  ...texts.flatMap((text) => grounds.map((ground) => [text, ground])),
  ...[...code, ...ansi].map((text) => [text, 'panel']),
  ...['good', 'bad', 'warn', 'accent'].map((name) => [name, `${name}-soft`]),
  ...heats.map((heat) => ['text', heat]),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
] as [string, string][];

describe.each([':root', ':root[data-theme="dark"]'])('colours of %s', (selector) => {
  const colors = colorsOf(selector);

  it.each(pairs)('%s is legible on %s', (text, ground) => {
    expect(contrast(colors.get(text) ?? '', colors.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5);
  });

  it('mark controls and focus', () => {
    for (const mark of ['line-strong', 'accent']) {
      const ratio = contrast(colors.get(mark) ?? '', colors.get('panel') ?? '');
      expect(ratio).toBeGreaterThanOrEqual(3);
    }
  });
});

it('the dark theme is the same whether chosen or the system’s', () => {
  const chosen = colorsOf(':root[data-theme="dark"]');
  const system = colorsOf('  :root:not([data-theme="light"])');
  expect(chosen.size).toBeGreaterThan(30);
  expect(system).toEqual(chosen);
});
