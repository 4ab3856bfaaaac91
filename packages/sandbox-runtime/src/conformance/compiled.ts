// What programs in Go, C++ and Rust may expect of their sandboxes.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxDriver, SandboxTemplate } from '../driver.ts';
import { compileAndRun, type Submission } from './compile-and-run.ts';
import { type CompiledLanguage, compiledCases } from './compiled-cases.ts';
import { Harness } from './harness.ts';
import { templateFiles } from './template-files.ts';
import { hostTemplates } from './templates.ts';

/** As template.yaml has it. */
function compiledTemplate(
  name: CompiledLanguage,
  toolchains: readonly string[],
  env: Readonly<Record<string, string>> = {},
): SandboxTemplate {
  return {
    name,
    image: `pilotlight/${name}`,
    toolchains,
    isolation: 'default',
    runner: ['sh', '/pilotlight/compiled-runner.sh', 'sh', '/pilotlight/compile.sh'],
    files: templateFiles(name, ['compiled-runner.sh', 'settings.sh', 'compile.sh', 'build.sh']),
    env,
    artefacts: {
      debian: [],
      build: ['sh', '/pilotlight/build.sh'],
      timeoutSeconds: 300,
      memoryBytes: 1_024 * 1_024 * 1_024,
    },
  };
}

const templates = {
  go: compiledTemplate('go', ['go'], { GOMAXPROCS: '2' }),
  cpp: compiledTemplate('cpp', ['g++']),
  rust: compiledTemplate('rust', ['rustc', 'cc']),
};

/** The suite for one driver, whose first sandboxes may have to wait for the build of artefacts. */
export function describeCompiled(name: string, makeDriver: () => Promise<SandboxDriver>): void {
  describe.each(Object.values(templates))(`$name on ${name}`, (template) => {
    const language = template.name as CompiledLanguage;
    let harness: Harness;
    beforeAll(async () => {
      harness = new Harness(await makeDriver(), { templates: hostTemplates(), real: true });
      const signal = new AbortController().signal;
      const { version } = await harness.driver.prepare(template, { signal });
      expect(version).toMatch(/^\d+(\.\d+)+$/);
    }, 300_000);
    afterEach(() => harness.destroyAll());
    afterAll(() => harness.driver.close());

    const run = (submission: Submission) => compileAndRun(harness, template, submission);

    it.each(compiledCases[language].programs)(
      'runs $title',
      async ({ title: _, said, ...files }) => {
        const outcome = await run({
          args: ['a b', "it's", ''],
          stdin: 'a line\n',
          // A compiler that saw these would fail.
          env: { GREETING: 'hallo', PATH: '/nowhere', TMPDIR: '/nowhere', code: '1', nonce: 'x' },
          ...files,
        });
        expect(outcome).toMatchObject({
          compile: { code: 0, stdout: '', stderr: '' },
          stdout: said,
          stderr: '',
          exit: { kind: 'exited', code: 0 },
        });
      },
    );

    it.each(compiledCases[language].mistakes)('explains $title', async ({ files, explained }) => {
      const { compile, exit, stdout } = await run({ files });
      expect(compile).toMatchObject({ stdout: '', stderr: expect.stringMatching(explained) });
      expect(compile.stderr).not.toContain('/job');
      expect(compile.code).toBeGreaterThan(0);
      expect([exit, stdout]).toEqual([{ kind: 'exited', code: compile.code }, '']);
    });

    it('leaves a program nothing of the compiler, and no descriptors but the usual three', async () => {
      const { files, said } = compiledCases[language].looks;
      const { stdout, stderr } = await run({ files });
      expect([stdout, stderr]).toEqual([said, '']);
    });

    it.each(compiledCases[language].ends)('tells how it ended: $title', async ({ files, exit }) => {
      expect((await run({ files })).exit).toEqual(exit);
    });

    it('compiles hello world in 64 MB, and with no more than 64 processes', async () => {
      const limits = { memoryBytes: 64 << 20, pids: 64 };
      const { files, said } = compiledCases[language].hello;
      const { stdout, usage } = await run({ files, limits });
      expect(stdout).toBe(said);
      expect([usage[2].oomKills, usage[2].pidsLimitHits]).toEqual([0, 0]);
    });
  });
}
