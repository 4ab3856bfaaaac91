import { fileURLToPath } from 'node:url';
import { type PrefetchFile, userActions } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTemplateYaml } from '../adapters/parse-template-yaml.ts';
import { readTemplates } from '../adapters/read-templates.ts';
import { contextKey, Fetched, rememberedMs } from './fetched.ts';
import { type ActionSituation, planPrefetch } from './prefetch-plan.ts';
import { readPrefetchRules } from './prefetch-rules.ts';

const rules: PrefetchFile = {
  rules: [
    { trigger: 'project_open', resources: ['git_history'], priority: 'low' },
    { trigger: 'project_open', resources: ['project_files', 'dependencies'], priority: 'high' },
    { trigger: 'project_open', resources: ['warm_sandbox', 'project_files'], priority: 'medium' },
    { trigger: 'file_edit', resources: ['lsp_server'], priority: 'high' },
  ],
  commands: { git_history: ['true'], project_files: ['true'] },
};
const everything: ActionSituation = {
  ...{ action: 'project_open', hasSandbox: true },
  ...{ hasDeferredPackages: true, hasLanguageServer: true },
};
const plan = (change: Partial<ActionSituation> = {}, known: readonly string[] = []) =>
  planPrefetch(rules, { ...everything, ...change }, (resource) => known.includes(resource)).map(
    ({ resource, priority, outcome }) => `${resource} ${priority} ${outcome}`,
  );

describe('planPrefetch', () => {
  it('orders by priority, each resource once', () => {
    expect(plan()).toEqual([
      'project_files high ordered',
      'dependencies high ordered',
      'warm_sandbox medium ordered',
      'git_history low ordered',
    ]);
    expect(plan({ action: 'build_start' })).toEqual([]);
  });

  it('leaves out what was done, and what cannot be done', () => {
    expect(plan({}, ['project_files'])[0]).toBe('project_files high known');
    expect(plan({ hasSandbox: false })).toEqual([
      'project_files high skipped',
      'dependencies high skipped',
      'warm_sandbox medium ordered',
      'git_history low skipped',
    ]);
    expect(plan({ hasDeferredPackages: false })[1]).toBe('dependencies high skipped');
    expect(plan({ action: 'file_edit', hasLanguageServer: false })).toEqual([
      'lsp_server high skipped',
    ]);
  });
});

describe('Fetched', () => {
  it('remembers a context for a while, and never more than it has room for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(50), fc.nat(rememberedMs)), { maxLength: 60 }),
        (steps) => {
          const fetched = new Fetched();
          const model = new Map<string, number>();
          let nowMs = 0;
          for (const [context, passedMs] of steps) {
            nowMs += passedMs;
            const key = `${context}`;
            expect(fetched.has(key, nowMs)).toBe((model.get(key) ?? 0) > nowMs);
            fetched.note(key, nowMs);
            model.set(key, nowMs + rememberedMs);
          }
        },
      ),
    );
    const many = new Fetched();
    for (let n = 0; n <= 10_000; n += 1) many.note(`${n}`, 0);
    expect([many.has('0', 1), many.has('1', 1), many.has('10000', 1)]).toEqual([false, true, true]);
    many.forget('1');
    expect(many.has('1', 1)).toBe(false);
  });

  it('takes contexts for the same whatever their order', () => {
    expect(contextKey(['a'], { x: '1', y: '2' })).toBe(contextKey(['a'], { y: '2', x: '1' }));
    expect(contextKey(['a'], { x: '1' })).not.toBe(contextKey(['a', 'x'], { x: '1' }));
  });
});

describe('readPrefetchRules', () => {
  it('names every mistake with its place', () => {
    const text = [
      'rules:',
      '  - trigger: project_opne',
      '    resources: []',
      '    priority: high',
      'commands: {}',
    ].join('\n');
    const result = readPrefetchRules(parseTemplateYaml(text));
    const problems = result.ok ? [] : result.problems.map(({ field }) => field);
    expect(problems).toEqual([
      'prefetch.yaml:2:5: rules.0.trigger',
      'prefetch.yaml:3:5: rules.0.resources',
    ]);
    const lacking =
      'rules: [{trigger: user_login, resources: [moon], priority: low}]\ncommands: {}';
    expect(readPrefetchRules(parseTemplateYaml(lacking))).toMatchObject({
      ok: false,
      problems: [{ problem: '"moon" is not built in and has no command' }],
    });
    expect(readPrefetchRules(parseTemplateYaml('a: [')).ok).toBe(false);
    expect(readPrefetchRules(undefined)).toEqual({ ok: true, rules: { rules: [], commands: {} } });
  });

  it('accepts the rules that ship, which cover every action', async () => {
    const directory = fileURLToPath(new URL('../../../../templates', import.meta.url));
    const { prefetch } = await readTemplates(directory, []);
    const result = readPrefetchRules(prefetch);
    expect(result).toMatchObject({ ok: true });
    const triggers = result.ok ? result.rules.rules.map(({ trigger }) => trigger) : [];
    expect(triggers).toEqual([...userActions]);
  });
});
