// Writes Grafana's dashboards as JSON files into the folder that is named.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardJson } from '../deploy/observability/grafana/source/dashboard.ts';
import { dashboards } from '../deploy/observability/grafana/source/dashboards.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Name the folder to write to.');
mkdirSync(folder, { recursive: true });
for (const dashboard of dashboards) {
  writeFileSync(join(folder, `${dashboard.uid}.json`), dashboardJson(dashboard));
}
