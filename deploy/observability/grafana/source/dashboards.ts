// Every dashboard that Grafana is given.
import { coldStart } from './cold-start.ts';
import { coldStartAnalyzer } from './cold-start-analyzer.ts';
import type { Dashboard } from './dashboard.ts';
import { lifecycleAndUsers } from './lifecycle.ts';
import { poolsAndExecutions } from './pools.ts';
import { services } from './services.ts';

export const dashboards: readonly Dashboard[] = [
  coldStart,
  poolsAndExecutions,
  lifecycleAndUsers,
  services,
  coldStartAnalyzer,
];
