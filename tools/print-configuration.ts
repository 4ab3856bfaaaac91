// Prints docs/configuration.md from the services' configuration schemas. Run by `npm run generate`.
import { describeConfig, type SettingRow } from '../packages/config/src/index.ts';
import { configSchema as executor } from '../services/executor/src/config.ts';
import { configSchema as gateway } from '../services/gateway/src/config.ts';
import { configSchema as metricsCollector } from '../services/metrics-collector/src/config.ts';
import { configSchema as poolManager } from '../services/pool-manager/src/config.ts';
import { configSchema as scheduler } from '../services/scheduler/src/config.ts';
import { configSchema as statsRecorder } from '../services/stats-recorder/src/config.ts';

const services = {
  gateway,
  scheduler,
  'pool-manager': poolManager,
  executor,
  'metrics-collector': metricsCollector,
  'stats-recorder': statsRecorder,
};

const sections = Object.entries(services).map(([name, schema]) => {
  const rows = describeConfig(schema).map((row) => {
    return `| \`${row.name}\` | ${defaultOf(row)} | ${row.description} |`;
  });
  return `## ${name}\n\n| variable | default | meaning |\n|---|---|---|\n${rows.join('\n')}`;
});

console.log(`# Configuration

Generated from the services' \`config.ts\` by \`npm run generate\`. Each service reads environment
variables and nothing else. \`npm start\` sets what it must.

${sections.join('\n\n')}`);

/** Where the default depends on the machine, the description says how: "unless set, …". */
function defaultOf(row: SettingRow): string {
  if (row.required) return 'must be set';
  const isDerived = row.description.includes('unless set');
  return row.default === undefined || isDerived ? '' : `\`${row.default}\``;
}
