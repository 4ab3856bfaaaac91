import { expect, it } from 'vitest';
import { writeEndpoints } from '../platform/endpoints.ts';
import { endpointsAt } from '../testing/endpoints-in-memory.ts';
import { runCommand } from '../testing/run-command.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

it('shows where each process serves metrics, as a table and as Prometheus reads it', async () => {
  using folder = temporaryFolder();
  writeEndpoints(folder.path, {
    ...endpointsAt('127.0.0.1:1'),
    ops: { executor: '127.0.0.1:5', 'executor-2': '127.0.0.1:6' },
  });
  const shown = await runCommand(['--data-dir', folder.path, 'targets']);
  expect(shown.stdout.trimEnd().split('\n')).toEqual([
    'PROCESS     METRICS',
    'executor    http://127.0.0.1:5/metrics',
    'executor-2  http://127.0.0.1:6/metrics',
  ]);
  const { code, stdout } = await runCommand(['--data-dir', folder.path, 'targets', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual([
    { targets: ['127.0.0.1:5'], labels: { instance: 'executor' } },
    { targets: ['127.0.0.1:6'], labels: { instance: 'executor-2' } },
  ]);
});

it('says what to do where nothing runs', async () => {
  using folder = temporaryFolder();
  const { code, stderr } = await runCommand(['--data-dir', folder.path, 'targets', '--json']);
  expect(code).not.toBe(0);
  expect(stderr).toContain('npm start');
});
