import type { Template } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { templates } from '../testing/templates.ts';
import { selectTemplate, type TemplateVersions } from './select-template.ts';
import { compareVersions, isSelected, selectorProblem } from './versions.ts';

const [python] = templates;
if (python === undefined) throw new Error('no template');
const variant = (name: string): Template => ({ ...python, name, aliases: [] });
const catalogue = [...templates, variant('python-data'), variant('python-next')];

const versions: Record<string, readonly string[]> = {
  python: ['3.11.2', '3.9.18'],
  'python-data': ['3.11.2'],
  'python-next': ['3.13.0'],
  javascript: ['24.4.1'],
};
const offer = (template: string): TemplateVersions => ({
  known: versions[template] ?? [],
  isPending: false,
});

function select(name: string, selector: string, of = offer): string {
  const selection = selectTemplate(catalogue, { name, selector }, of);
  if (selection.kind === 'selected') return `${selection.template.name} ${selection.version}`;
  return selection.kind === 'unknown_version' ? selection.problem : selection.kind;
}

describe('selectTemplate', () => {
  it.each([
    ['python', '', 'python '],
    ['py', '', 'python '],
    ['python-data', '', 'python-data '],
    ['python', '3.11.2', 'python 3.11.2'],
    ['python', '3.9', 'python 3.9.18'],
    ['python', '3', 'python 3.11.2'],
    ['py', '^3.12', 'python-next 3.13.0'],
    ['python', '>=3.9 <3.11', 'python 3.9.18'],
    ['python-next', '3', 'python-next 3.13.0'],
    ['node', '>=20', 'javascript 24.4.1'],
    ['cobol', '1', 'unknown_template'],
    ['generic', '1', '"1" is not there; no node has told of any'],
    ['python-data', '3.13', '"3.13" is not there; there are 3.11.2'],
  ])('takes %s %s for %s', (name, selector, expected) => {
    expect(select(name, selector)).toBe(expected);
  });

  it('lists what exists, newest first, and where', () => {
    const list = '3.13.0 (python-next), 3.11.2 (python), 3.11.2 (python-data), 3.9.18 (python)';
    expect(select('python', '2.7')).toBe(`"2.7" is not there; there are ${list}`);
    expect(select('python', 'latest')).toMatch(/^must be a version/);
  });

  it('does not judge while a node may still bring the version', () => {
    const pending = (template: string) => ({ known: [], isPending: template === 'python-next' });
    expect(select('python', '3', pending)).toBe('unsettled');
    expect(select('python', '', pending)).toBe('python ');
    expect(select('javascript', '3', pending)).toMatch(/no node has told/);
  });
});

const version = fc
  .array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('.'));
const known = fc.record({
  python: fc.array(version, { maxLength: 3 }),
  'python-data': fc.array(version, { maxLength: 3 }),
  'python-next': fc.array(version, { maxLength: 3 }),
});
const range = fc.constantFrom('^', '~', '>=', '<', '>', '<=');
const selectors = fc.oneof(
  version,
  fc
    .tuple(
      range,
      version.filter((v) => v.split('.').length <= 3),
    )
    .map(([sign, v]) => `${sign}${v}`),
);

describe('a selection', () => {
  it('is always of a version that a node has and that was asked for', () => {
    fc.assert(
      fc.property(known, selectors, (have, selector) => {
        const of = (name: string) => ({ known: have[name as 'python'] ?? [], isPending: false });
        const all = Object.values(have).flat();
        const selection = selectTemplate(catalogue, { name: 'python', selector }, of);
        if (selection.kind === 'selected') {
          expect(of(selection.template.name).known).toContain(selection.version);
          expect(isSelected(selection.version, selector)).toBe(true);
        } else {
          expect(selection.kind).toBe('unknown_version');
          expect(all.filter((one) => isSelected(one, selector))).toEqual([]);
        }
      }),
    );
  });

  it('finds every version that exists by itself and by each of its beginnings', () => {
    fc.assert(
      fc.property(known, fc.nat(), (have, pick) => {
        const of = (name: string) => ({ known: have[name as 'python'] ?? [], isPending: false });
        const all = Object.values(have).flat();
        const wanted = all[pick % Math.max(1, all.length)];
        if (wanted === undefined) return;
        const exact = selectTemplate(catalogue, { name: 'python', selector: wanted }, of);
        expect(exact).toMatchObject({ kind: 'selected' });
        const parts = wanted.split('.');
        for (let length = 1; length < parts.length; length += 1) {
          const selector = parts.slice(0, length).join('.');
          expect(selectTemplate(catalogue, { name: 'python', selector }, of).kind).toBe('selected');
        }
      }),
    );
  });

  it('does not depend on the order of templates and versions', () => {
    fc.assert(
      fc.property(known, selectors, (have, selector) => {
        const of = (turn: <T>(list: readonly T[]) => readonly T[]) => (name: string) => ({
          ...{ known: turn(have[name as 'python'] ?? []), isPending: false },
        });
        const same = <T>(list: readonly T[]) => list;
        const reversed = <T>(list: readonly T[]) => list.toReversed();
        const wanted = { name: 'python', selector };
        expect(selectTemplate(catalogue.toReversed(), wanted, of(reversed))).toEqual(
          selectTemplate(catalogue, wanted, of(same)),
        );
      }),
    );
  });
});

describe('versions', () => {
  it('are compared part by part', () => {
    const sorted = ['3.9', '3.9.0', '3.10', '3.11.2', '21', '21.0.1'];
    expect(sorted.toReversed().toSorted(compareVersions)).toEqual(sorted);
  });

  it('that are too long to be meant are refused', () => {
    expect(selectorProblem(`>=1 ${'|| >=1 '.repeat(20)}`)).toBeDefined();
    expect(selectorProblem('1.2.3.4')).toBeUndefined();
  });

  it('have beginnings that end at a dot', () => {
    expect(isSelected('3.11.2', '3.1')).toBe(false);
    expect(isSelected('', '3')).toBe(false);
    expect(isSelected('', '*')).toBe(false);
  });
});
