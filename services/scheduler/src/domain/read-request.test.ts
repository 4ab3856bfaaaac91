import { Entitlements, type Template } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { templates } from '../testing/templates.ts';
import { readRequest } from './read-request.ts';

const catalogue: readonly Template[] = templates;
const subject = 'exec.request.normal.python';
const versionsOf = (template: string) => ({
  known: template === 'python' ? ['3.11.2'] : [],
  isPending: template === 'javascript',
});

const plan = Entitlements.create({ plan: 'small', timeout: 5, memoryLimit: 128 });
const entitlementsOf = (project: string) => (project === 'blue' ? plan : undefined);
const known = { catalogue, entitlementsOf, versionsOf };

function read(json: unknown, on = subject) {
  return readRequest({ subject: on, data: Buffer.from(JSON.stringify(json)) }, known);
}

const valid = { id: 'e1', language: 'python', code: btoa('print(1)') };

describe('readRequest', () => {
  it('takes the message of seed 003, defaults filled in', () => {
    expect(read(valid)).toMatchObject({
      kind: 'runnable',
      runnable: { id: 'e1', priority: 'normal', template: { name: 'python' } },
    });
  });

  it('takes an alias where the subject has it too', () => {
    const alias = { ...valid, language: 'py' };
    expect(read(alias, 'exec.request.normal.py')).toMatchObject({
      runnable: { template: { name: 'python' } },
    });
  });

  it.each<[string, unknown, string, string | undefined]>([
    ['another language than its subject', { ...valid, language: 'javascript' }, 'language:', 'e1'],
    ['another priority than its subject', { ...valid, priority: 'high' }, 'priority:', 'e1'],
    ['no code', { ...valid, code: undefined }, 'code:', 'e1'],
    ['what is not base64', { ...valid, code: '%' }, 'code: is not base64', 'e1'],
    ['a timeout out of range', { ...valid, timeout: 31 }, 'timeout:', 'e1'],
    ['an id that tries to be a subject', { ...valid, id: 'a.>' }, 'id:', undefined],
    ['a list', [], 'not a JSON object', undefined],
  ])('refuses %s', (_, json, reason, id) => {
    const dead = read(json);
    expect(dead).toMatchObject({ kind: 'dead', id, priority: 'normal', language: 'python' });
    expect(dead.kind === 'dead' && dead.reason).toContain(reason);
  });

  it('lists the known languages for an unknown one', () => {
    const dead = read({ ...valid, language: 'cobol' }, 'exec.request.low.cobol');
    expect(dead).toMatchObject({ kind: 'dead', priority: 'low', language: 'cobol', id: 'e1' });
    expect(dead.kind === 'dead' && dead.reason).toContain('known are javascript, python');
  });

  it('says that an application runs no code', () => {
    const dead = read({ ...valid, language: 'generic' }, 'exec.request.normal.generic');
    expect(dead.kind === 'dead' && dead.reason).toBe(
      'language: "generic" is an application, which is leased and runs no code; known are javascript, python',
    );
  });

  it('refuses memory that the language cannot start with', () => {
    const little = { ...valid, language: 'javascript', memory_limit: 64 };
    const dead = read(little, 'exec.request.normal.javascript');
    expect(dead).toMatchObject({ kind: 'dead', id: 'e1' });
    expect(dead.kind === 'dead' && dead.reason).toBe(
      'memory_limit: must be at least 96 MB for javascript',
    );
  });

  it('settles the version, or says what exists', () => {
    expect(read({ ...valid, version: '3' })).toMatchObject({
      kind: 'runnable',
      runnable: { template: { name: 'python' }, version: '3.11.2' },
    });
    expect(read({ ...valid, version: '2.7' })).toMatchObject({
      kind: 'dead',
      reason: 'version: "2.7" is not there; there are 3.11.2',
    });
    const later = { ...valid, language: 'javascript', version: '20' };
    const on = 'exec.request.normal.javascript';
    expect(read(later, on)).toMatchObject({ kind: 'unsettled', dead: { id: 'e1' } });
    expect(read({ ...later, code: '%' }, on)).toMatchObject({ kind: 'dead' });
  });

  describe("on a project's subject", () => {
    const ofBlue = 'exec.project.blue.normal.python';

    it.each([
      ['', 'blue'],
      ['blue', 'blue'],
      ['ann', 'blue:ann'],
      ['blue:ann', 'blue:ann'],
    ])('takes the user "%s" for %s, and its defaults from the plan', (user_id, userId) => {
      expect(read({ ...valid, user_id }, ofBlue)).toMatchObject({
        runnable: { request: { userId, timeout: 5, memoryLimit: 128 } },
      });
    });

    it.each([
      ['speaks for another project', { user_id: 'red:ann' }, ofBlue, /user_id: "red:ann" is no/],
      [
        'asks for a higher priority',
        { priority: 'high' },
        ofBlue.replace('normal', 'high'),
        /^pri/,
      ],
      ['asks for more time', { timeout: 6 }, ofBlue, /timeout: must be at most 5 seconds/],
      ['asks for more memory', { memory_limit: 256 }, ofBlue, /memory_limit: must be at most 128/],
      ['disagrees with the subject', { priority: 'low' }, ofBlue, /but the subject says "normal"/],
      [
        'is of a project without a key',
        {},
        ofBlue.replace('blue', 'red'),
        /"red" has no active key/,
      ],
    ])('refuses what %s', (_, change, on, reason) => {
      const dead = read({ ...valid, ...change }, on);
      expect(dead).toMatchObject({ kind: 'dead', id: 'e1', user: on.split('.')[2] });
      expect(dead).toMatchObject({ reason: expect.stringMatching(reason) });
    });
  });

  it('never throws, whatever is published wherever', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (data, text) => {
        const on = `exec.request.normal.${text}`;
        expect(readRequest({ subject: on, data }, known).kind).toBe('dead');
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(read(json).kind).toBe('dead');
      }),
    );
  });
});
