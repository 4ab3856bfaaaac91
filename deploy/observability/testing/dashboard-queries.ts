// The queries of the dashboards, as Grafana would send them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Target {
  readonly refId: string;
  readonly expr?: string;
  readonly rawSql?: string;
  readonly format?: string;
}

export interface DashboardPanel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly noValue?: string };
    readonly overrides: readonly { readonly matcher: { readonly options: string } }[];
  };
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
}

export interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly DashboardPanel[];
}

const folder = join(import.meta.dirname, '../grafana/dashboards');

export function readDashboards(): DashboardFile[] {
  return readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
}

export interface Query {
  /** Dashboard, panel and target, for people. */
  readonly where: string;
  readonly text: string;
  readonly panel: DashboardPanel;
}

/** Every PromQL expression, with Grafana's variables replaced. */
export function promQueries(): Query[] {
  return queriesOf('prometheus', ({ expr = '' }) =>
    expr.replaceAll('$template', '.*').replaceAll('$__rate_interval', '30s'),
  );
}

/** The shown time of `sqlQueries`. */
export interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

/** What is chosen on the dashboard of functions. */
export interface ChosenFunction {
  /** UUID. */
  readonly projectId: string;
  readonly functionName: string;
}

const intervalSeconds: Readonly<Record<string, number>> = { $__interval: 60, "'1h'": 3_600 };

/** Every SQL query, with Grafana's macros and variables replaced as its Postgres plugin does. */
export function sqlQueries(
  { from, to }: TimeRange,
  { projectId, functionName }: ChosenFunction,
): Query[] {
  const between = `between '${from.toISOString()}' and '${to.toISOString()}'`;
  return queriesOf('grafana-postgresql-datasource', ({ rawSql = '' }) =>
    rawSql
      .replaceAll('$project_id', projectId)
      .replaceAll('$function_name', functionName.replaceAll("'", "''"))
      .replaceAll(`\${template:pipe}`, '.*')
      .replace(/\$__timeFilter\((\w+)\)/g, (_, column) => `${column} ${between}`)
      .replace(/\$__timeGroupAlias\((\w+), ?([^)]+)\)/g, (_, column, interval) => {
        const seconds = intervalSeconds[interval];
        return `floor(extract(epoch from ${column})/${seconds})*${seconds} as "time"`;
      }),
  );
}

function queriesOf(type: string, textOf: (target: Target) => string): Query[] {
  return readDashboards().flatMap(({ title, panels }) =>
    panels
      .filter((panel) => panel.datasource?.type === type)
      .flatMap((panel) =>
        (panel.targets ?? []).map((target) => ({
          where: `${title} / ${panel.title} / ${target.refId}`,
          text: textOf(target),
          panel,
        })),
      ),
  );
}

const ofServices = /^(code_runner|pilotlight|process|nodejs)_/;

/** Metrics of the services in an expression; what rules record has a colon in its name. */
export function metricNames(expression: string): string[] {
  const withoutTexts = expression.replace(/"[^"]*"/g, '""');
  const words = withoutTexts.match(/[a-zA-Z_:][\w:]*/g) ?? [];
  return [...new Set(words.filter((word) => ofServices.test(word) && !word.includes(':')))];
}
