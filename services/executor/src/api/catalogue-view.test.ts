import { describe, expect, it } from 'vitest';
import { template } from '../testing/test-node.ts';
import { CatalogueView } from './catalogue-view.ts';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('the catalogue', () => {
  it('keeps a template the same object until it changes', () => {
    const view = new CatalogueView();
    view.put('python', bytes(template('python')));
    const first = view.templates.get('python');
    view.put('python', bytes(template('python')));
    expect(view.templates.get('python')).toBe(first);
    view.put('python', bytes({ ...template('python'), image: 'newer' }));
    expect(view.templates.get('python')).toMatchObject({ image: 'newer' });
    view.remove('python');
    expect(view.templates.size).toBe(0);
  });

  it.each([
    ['another value', { hello: 1 }],
    ['another name', template('generic')],
    ['no object', 7],
  ])('refuses %s and keeps what it had', (_, value) => {
    const view = new CatalogueView();
    view.put('python', bytes(template('python')));
    expect(() => view.put('python', bytes(value))).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
    expect(view.templates.size).toBe(1);
  });
});
