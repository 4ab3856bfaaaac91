import type { Template } from '@pilotlight/contracts';
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

function read(json: unknown, on = subject) {
  return readRequest(
    { subject: on, data: Buffer.from(JSON.stringify(json)) },
    catalogue,
    versionsOf,
  );
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

  it('never throws, whatever is published wherever', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (data, text) => {
        const on = `exec.request.normal.${text}`;
        expect(readRequest({ subject: on, data }, catalogue, versionsOf).kind).toBe('dead');
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(read(json).kind).toBe('dead');
      }),
    );
  });
});
