import { createMetrics } from '@pilotlight/telemetry';
import { expect, it } from 'vitest';
import { cacheMetrics } from './cache-metrics.ts';

it('lookups, evictions, sizes and the ratio of both layers are shown', async () => {
  const metrics = createMetrics('gateway');
  const observer = cacheMetrics(metrics, () => ({
    bytes: () => [{ segment: 'responses', layer: 'memory', bytes: 512 }],
  }));
  expect(await metrics.text()).not.toContain('pilotlight_cache_hit_ratio{');
  observer.looked('responses', 'memory', 'hit');
  observer.looked('responses', 'memory', 'miss');
  observer.looked('responses', 'disk', 'hit');
  observer.looked('responses', 'memory', 'miss');
  observer.looked('responses', 'disk', 'miss');
  observer.looked('responses', 'memory', 'miss');
  observer.evicted('responses', 'memory', 'size');
  const lines = (await metrics.text()).split('\n').filter((line) => /_cache_.*\}/.test(line));
  const label = 'service="gateway"';
  expect(lines.map((line) => line.replace(`,${label}`, ''))).toEqual(
    expect.arrayContaining([
      'pilotlight_cache_requests_total{segment="responses",layer="memory",outcome="miss"} 3',
      'pilotlight_cache_requests_total{segment="responses",layer="disk",outcome="hit"} 1',
      'pilotlight_cache_evictions_total{segment="responses",layer="memory",reason="size"} 1',
      'pilotlight_cache_bytes{segment="responses",layer="memory"} 512',
      'pilotlight_cache_hit_ratio{segment="responses"} 0.5',
    ]),
  );
});
