// What a program may expect of the data science variant of Python.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxDriver, SandboxTemplate } from '../driver.ts';
import { Harness } from './harness.ts';
import { templateFiles } from './template-files.ts';
import { hostTemplates } from './templates.ts';

const modules = '/opt/pilotlight/debian/usr/lib/python3/dist-packages';

/** As templates/python-data/template.yaml has it. */
const template: SandboxTemplate = {
  name: 'python-data',
  image: 'pilotlight/python-data',
  toolchains: ['/usr/bin/python3'],
  isolation: 'default',
  runner: ['sh', '/pilotlight/runner.sh'],
  files: templateFiles('python-data', ['runner.sh', 'python-runner.py', 'build.sh']),
  env: {
    LD_LIBRARY_PATH: '/opt/pilotlight/lib',
    MPLBACKEND: 'Agg',
    MPLCONFIGDIR: '/tmp/matplotlib',
    PYTHONPATH: modules,
  },
  artefacts: {
    debian: ['python3-numpy', 'python3-pandas', 'python3-matplotlib', 'python3-munkres'],
    build: ['sh', '/pilotlight/build.sh'],
    timeoutSeconds: 300,
    memoryBytes: 1 << 30,
  },
};

const plot = `
import sys, time
loaded = [name for name in ("numpy", "pandas", "matplotlib") if name in sys.modules]
begun = time.perf_counter()
import numpy, pandas
took = time.perf_counter() - begun
import matplotlib.pyplot as plt
frame = pandas.DataFrame({"a": numpy.arange(4), "b": [1.5, 2.5, 3.5, 4.5]})
plt.plot(frame.a, frame.b)
plt.title("line")
for name in ("plot.png", "plot.pdf", "plot.svg"):
    plt.savefig(name)
print(loaded, took < 0.05, numpy.linalg.det(numpy.eye(3)), frame.b.sum())
print(open("plot.png", "rb").read(4), open("plot.pdf", "rb").read(4))
print(pandas.Timestamp("2024-07-01", tz="Europe/Berlin").utcoffset(), numpy.__cached__)
`;

/** The suite for one driver, whose first sandbox may have to wait for packages to be installed. */
export function describePythonData(
  name: string,
  makeDriver: () => Promise<SandboxDriver>,
  stop: () => Promise<void> = async () => {},
): void {
  describe(`python-data on ${name}`, () => {
    let harness: Harness;
    beforeAll(async () => {
      const templates = { ...hostTemplates(), python: template };
      harness = new Harness(await makeDriver(), { templates, real: true });
      const signal = new AbortController().signal;
      const { version } = await harness.driver.prepare(template, { signal });
      expect(version).toMatch(/^3\.\d+/);
    }, 300_000);
    afterEach(() => harness.destroyAll());
    afterAll(async () => {
      await harness.driver.close();
      await stop();
    });

    it('has numpy and pandas imported before a program begins, and plots without a word', async () => {
      const { stdout, stderr } = await harness.run(plot);
      expect(stderr).toBe('');
      expect(stdout.split('\n')).toEqual([
        "['numpy', 'pandas'] True 1.0 12.0",
        "b'\\x89PNG' b'%PDF'",
        expect.stringMatching(
          /^2:00:00 \/opt\/pilotlight\/debian\/.*\/numpy\/__pycache__\/__init__\..*\.pyc$/,
        ),
        '',
      ]);
    });

    it("prefers a program's own module to one that was imported ahead", async () => {
      const calendar = { path: 'calendar.py', content: Buffer.from('mine = True\n') };
      const { stdout } = await harness.run('import calendar\nprint(calendar.mine)\n', {
        files: [calendar],
      });
      expect(stdout).toBe('True\n');
    });

    it('imports them in commands beside the runner too', async () => {
      const sandbox = await harness.create();
      const command = await sandbox.exec({
        argv: ['/usr/bin/python3', '-c', 'import pandas; print(pandas.Series([1, 2]).mean())'],
      });
      const outcome = await harness.outcome(sandbox, command);
      expect([outcome.stdout, outcome.stderr]).toEqual(['1.5\n', '']);
    });

    it('works in the least memory that the template allows', async () => {
      const { stdout, usage } = await harness.run('import numpy; print(numpy.ones(3).sum())', {
        limits: { memoryBytes: 96 << 20 },
      });
      expect([stdout, usage.oomKills]).toEqual(['3.0\n', 0]);
    });
  });
}
