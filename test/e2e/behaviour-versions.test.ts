// Templates as nodes have them: their versions, what is missing, and mistakes in a template file.

import { PlatformError } from '@pilotlight/contracts';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { describe, expect, it } from 'vitest';
import { refusalOf } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';
import { useTemplates } from './sample-templates.ts';
import { until } from './until.ts';

const pool =
  'pool: { embedded: { min_size: 1, max_size: 3 }, cluster: { min_size: 1, max_size: 3 } }';
const cobol = `name: cobol
description: A language that no host of this test can run.
language: cobol
image: pilotlight/cobol
toolchains: [cobc-that-nobody-has]
runner: { argv: [cobc-that-nobody-has], files: [] }
entry: main.cob
limits: {}
${pool}
`;

describe('templates on a node', () => {
  const directory = useTemplates(['python', 'shell'], { cobol: { 'template.yaml': cobol } });
  const under = usePlatform({
    driver: 'oci',
    templates: ['python', 'shell', 'cobol'],
    env: { 'pool-manager': { PILOTLIGHT_TEMPLATES_DIR: directory } },
  });
  const poolOf = (template: string) =>
    until(`${template} is prepared, or known not to work`, async () => {
      const found = (await under.client.pools()).find((one) => one.template === template);
      const isKnown = found?.unavailable || (found?.versions ?? []).length > 0;
      return isKnown ? found : undefined;
    });

  it('tell their versions, and give leases and results of them', async () => {
    const { versions } = await poolOf('python');
    const [version = ''] = versions;
    expect(version).toMatch(/^3\.\d+\.\d+$/);
    const [major = '', minor = ''] = version.split('.');
    for (const selector of [
      version,
      major,
      `${major}.${minor}`,
      `>=${major}.0 <4`,
      `^${major}.1`,
    ]) {
      await using sandbox = await under.client.acquire({
        ...{ template: 'py', userId: 'ann', version: selector },
      });
      expect(sandbox.lease).toMatchObject({ template: 'python', version });
    }
    const code = 'import platform; print(platform.python_version())';
    const ran = await under.client.run({ language: 'py', version: '>=3', code, userId: 'ann' });
    expect(ran).toMatchObject({ stdout: `${version}\n`, result: { version } });
  });

  it('are refused in versions that nobody has, with a list of those that exist', async () => {
    const [version] = (await poolOf('python')).versions;
    const problem = `"2.7" is not there; there are ${version}`;
    const wanted = { userId: 'ann', version: '2.7' };
    for (const call of [
      () => under.client.acquire({ ...wanted, template: 'python' }),
      () => under.client.run({ ...wanted, language: 'python', code: '1' }),
    ]) {
      const refusal = await refusalOf(call());
      expect(refusal.code).toBe('invalid_argument');
      expect(refusal.details).toEqual([{ field: 'version', problem }]);
    }
    const late = await refusalOf(
      under.client.acquire({ template: 'python', userId: 'ann', version: 'latest' }),
    );
    expect(late.details[0]?.problem).toMatch(/^must be a version/);
  });

  it('that cannot work are said to be unavailable, at once, while the others work', async () => {
    const cobol = await poolOf('cobol');
    expect(cobol).toMatchObject({ unavailable: true, available: 0, creating: 0 });
    expect(cobol.problems.join()).toContain('cobc-that-nobody-has');
    const begunMs = performance.now();
    for (const call of [
      () => under.client.acquire({ template: 'cobol', userId: 'ann' }),
      () => under.client.run({ language: 'cobol', code: '1', userId: 'ann' }),
    ]) {
      const refusal = await refusalOf(call());
      expect(refusal).toMatchObject({ code: 'unavailable', retry: { kind: 'after' } });
      expect(refusal.message).toContain('cobc-that-nobody-has');
    }
    expect(performance.now() - begunMs).toBeLessThan(2_000 * slowness());
    const ran = await under.client.run({ language: 'sh', code: 'echo works', userId: 'ann' });
    expect(ran.stdout).toBe('works\n');
  });

  it('do not make their node unready, which names them', async () => {
    await poolOf('cobol');
    const answer = await fetch(`http://${under.platform.endpoints.ops['executor']}/readyz`);
    expect(answer.status).toBe(200);
    const { ready, checks } = (await answer.json()) as {
      ready: boolean;
      checks: { name: string; ok: boolean; reason?: string }[];
    };
    expect(ready).toBe(true);
    expect(checks).toContainEqual({
      name: 'template cobol',
      ok: true,
      reason: expect.stringContaining('cobc-that-nobody-has'),
    });
  });
});

describe('a folder of templates with mistakes', () => {
  const wrong = cobol
    .replace('image: pilotlight/cobol', 'imge: x')
    .replace('limits: {}', 'limits: 3');
  const directory = useTemplates(['shell'], {
    cobol: { 'template.yaml': wrong },
    basic: { 'template.yaml': 'name: [basic\nname: basic\n' },
  });

  it('keeps the platform from starting, and names all of them with their places', async () => {
    const started = import('@pilotlight/cli/platform').then(({ startPlatform }) =>
      startPlatform({
        dataDir: `${directory}/data`,
        env: { 'pool-manager': { PILOTLIGHT_TEMPLATES_DIR: directory } },
      }),
    );
    const error = PlatformError.from(
      await started.then(() => 'it started').catch((thrown) => thrown),
    );
    for (const mistake of [
      /cobol\/template\.yaml:4:1: imge/,
      /cobol\/template\.yaml:\d+:\d+: image/,
      /cobol\/template\.yaml:8:1: limits/,
      /basic\/template\.yaml:\d+:\d+: is not YAML/,
    ]) {
      expect(error.message).toMatch(mistake);
    }
  });
});
