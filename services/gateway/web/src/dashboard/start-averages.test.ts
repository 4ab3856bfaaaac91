import { expect, it } from 'vitest';
import { averagesOf } from './start-averages.ts';

const phases = (total: number) => ({
  ...{ scheduling_ms: 0, image_pull_ms: 0, container_create_ms: total / 4 },
  ...{ process_start_ms: total / 4, app_init_ms: total / 2, total_ms: total },
});

it('phases are averaged by template, the slowest template first', () => {
  const starts = [
    { template: 'python', phases: phases(40) },
    { template: 'java', phases: phases(200) },
    { template: 'python', phases: phases(80) },
  ];
  expect(averagesOf(starts)).toEqual([
    { template: 'java', count: 1, phases: phases(200) },
    { template: 'python', count: 2, phases: phases(60) },
  ]);
  expect(averagesOf([])).toEqual([]);
});
