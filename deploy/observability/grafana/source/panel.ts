// Panels as their authors write them: a title, what it means, the queries and the unit.

/** Uids of grafana/provisioning/datasources. */
export const datasources = {
  prometheus: { type: 'prometheus', uid: 'prometheus' },
  postgres: { type: 'grafana-postgresql-datasource', uid: 'postgres' },
  coldStart: { type: 'grafana-postgresql-datasource', uid: 'coldstart' },
  loki: { type: 'loki', uid: 'loki' },
  tempo: { type: 'tempo', uid: 'tempo' },
} as const;

/** Grafana's names: base units of the metric or column, shown in what fits. */
export type Unit = 's' | 'ms' | 'short' | 'percentunit' | 'percent' | 'bytes' | 'Bps' | 'ops';

export interface Panel {
  readonly type: string;
  readonly datasource: Readonly<{ type: string; uid: string }>;
  readonly title: string;
  readonly description: string;
  readonly targets: readonly Target[];
  readonly fieldConfig: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly transformations?: readonly Readonly<Record<string, unknown>>[];
  /** Of 24 columns. */
  readonly width: number;
  /** In rows of about 30 pixels. */
  readonly height: number;
}

export type Target = Readonly<Record<string, unknown>>;

interface Common {
  readonly title: string;
  /** What it shows, where it comes from, and what to do about it. */
  readonly description: string;
  readonly unit?: Unit;
  readonly width?: number;
  readonly height?: number;
  /** From the value on, the colour; below the first one green. */
  readonly thresholds?: readonly (readonly [number, 'orange' | 'red' | 'green'])[];
  /** Of the value without one of `thresholds`. */
  readonly base?: 'green' | 'red' | 'text';
  readonly max?: number;
}

/** Legend → PromQL. A legend may use labels: `{{template}}`. */
type Queries = Readonly<Record<string, string>>;

export interface MetricPanel extends Common {
  readonly queries: Queries;
  readonly stacked?: boolean;
}

export interface SqlPanel extends Common {
  readonly sql: string;
  /** Units of columns that differ from the panel's. */
  readonly units?: Readonly<Record<string, Unit>>;
  /** Postgres, unless another one is named. */
  readonly datasource?: Panel['datasource'];
}

/** Lines over time. */
export function metricSeries(panel: MetricPanel): Panel {
  return {
    ...frame(panel, 'timeseries', datasources.prometheus, { width: 12, height: 8 }),
    targets: metricTargets(panel.queries, { range: true }),
    fieldConfig: { defaults: { ...defaults(panel), custom: lines(panel.stacked) }, overrides: [] },
    options: legendBelow,
  };
}

/** The newest value of each query, large. */
export function metricStat(panel: MetricPanel): Panel {
  return {
    ...frame(panel, 'stat', datasources.prometheus, { width: 4, height: 4 }),
    targets: metricTargets(panel.queries, { instant: true }),
    fieldConfig: { defaults: defaults(panel), overrides: [] },
    options: lastValue,
  };
}

/** The newest value of each series as a bar. */
export function metricBars(panel: MetricPanel): Panel {
  return {
    ...frame(panel, 'bargauge', datasources.prometheus, { width: 8, height: 8 }),
    targets: metricTargets(panel.queries, { instant: true }),
    fieldConfig: { defaults: { ...defaults(panel), min: 0 }, overrides: [] },
    options: { ...lastValue, orientation: 'horizontal', displayMode: 'basic' },
  };
}

/** One row for each value of the label `by`, one column for each query, which is its title. */
export function metricTable(panel: MetricPanel & { readonly by: string }): Panel {
  const columns = Object.keys(panel.queries);
  const renamed = columns.map((title, index) => [`Value #${refId(index)}`, title]);
  const targets = metricTargets(panel.queries, { instant: true, format: 'table' });
  return {
    ...frame(panel, 'table', datasources.prometheus, { width: 12, height: 8 }),
    targets,
    fieldConfig: { defaults: defaults(panel), overrides: ratioColumns(columns) },
    options: { showHeader: true },
    transformations: [
      { id: 'joinByField', options: { byField: panel.by, mode: 'outer' } },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true, 'Time 1': true, 'Time 2': true, 'Time 3': true },
          renameByName: Object.fromEntries(renamed),
        },
      },
    ],
  };
}

/** The first row's columns, each large. */
export function sqlStat(panel: SqlPanel): Panel {
  return {
    ...frame(panel, 'stat', sqlDatasource(panel), { width: 4, height: 4 }),
    targets: [sqlTarget(panel, 'table')],
    fieldConfig: { defaults: defaults(panel), overrides: unitColumns(panel.units) },
    options: lastValue,
  };
}

/** Rows as they come. */
export function sqlTable(panel: SqlPanel): Panel {
  return {
    ...frame(panel, 'table', sqlDatasource(panel), { width: 12, height: 8 }),
    targets: [sqlTarget(panel, 'table')],
    fieldConfig: { defaults: defaults(panel), overrides: unitColumns(panel.units) },
    options: { showHeader: true },
  };
}

/** Lines over the column `time`; a text column, if there is one, names the line. */
export function sqlSeries(panel: SqlPanel & { readonly stacked?: boolean }): Panel {
  return {
    ...frame(panel, 'timeseries', sqlDatasource(panel), { width: 12, height: 8 }),
    targets: [sqlTarget(panel, 'time_series')],
    fieldConfig: { defaults: { ...defaults(panel), custom: lines(panel.stacked) }, overrides: [] },
    options: legendBelow,
  };
}

/** Each row's number as a bar, which the column `by` names. */
export function sqlBars(panel: SqlPanel & { readonly by: string }): Panel {
  return {
    ...frame(panel, 'barchart', sqlDatasource(panel), { width: 12, height: 12 }),
    targets: [sqlTarget(panel, 'table')],
    fieldConfig: { defaults: { ...defaults(panel), min: 0 }, overrides: [] },
    options: { orientation: 'horizontal', xField: panel.by, showValue: 'auto', ...legendBelow },
  };
}

/** Log lines that a LogQL query finds. */
export function logLines(panel: Common & { readonly query: string }): Panel {
  return {
    ...frame(panel, 'logs', datasources.loki, { width: 24, height: 10 }),
    targets: [{ refId: 'A', datasource: datasources.loki, expr: panel.query, queryType: 'range' }],
    fieldConfig: { defaults: {}, overrides: [] },
    options: { showTime: true, wrapLogMessage: true, sortOrder: 'Descending' },
  };
}

/** Traces that a TraceQL query finds. */
export function traceList(panel: Common & { readonly query: string }): Panel {
  return {
    ...frame(panel, 'table', datasources.tempo, { width: 24, height: 8 }),
    targets: [
      {
        ...{ refId: 'A', datasource: datasources.tempo, queryType: 'traceql', limit: 20 },
        ...{ query: panel.query, tableType: 'traces' },
      },
    ],
    fieldConfig: { defaults: { noValue }, overrides: [] },
    options: { showHeader: true },
  };
}

const noValue = 'no data';
const lastValue = {
  reduceOptions: { calcs: ['lastNotNull'], values: false, fields: '/.*/' },
  textMode: 'auto',
  colorMode: 'value',
  graphMode: 'none',
};
const legendBelow = {
  legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
  tooltip: { mode: 'multi', sort: 'desc' },
};

function frame(
  { title, description, width, height }: Common,
  type: string,
  datasource: Panel['datasource'],
  size: Pick<Panel, 'width' | 'height'>,
) {
  return {
    ...{ type, datasource, title, description },
    ...{ width: width ?? size.width, height: height ?? size.height },
  };
}

function defaults({ unit = 'short', thresholds = [], base, max }: Common) {
  const steps = [
    { color: base ?? (thresholds.length === 0 ? 'text' : 'green'), value: null },
    ...thresholds.map(([value, color]) => ({ color, value })),
  ];
  return {
    ...{ unit, noValue, ...(max !== undefined && { max }) },
    ...{ color: { mode: thresholds.length > 0 ? 'thresholds' : 'palette-classic' } },
    thresholds: { mode: 'absolute', steps },
  };
}

/** A gap in the data stays a gap. */
function lines(stacked = false) {
  return {
    ...{ drawStyle: 'line', lineWidth: 1, showPoints: 'auto', spanNulls: false },
    ...{ fillOpacity: stacked ? 30 : 5 },
    stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
  };
}

function metricTargets(queries: Queries, how: Readonly<Record<string, unknown>>): Target[] {
  return Object.entries(queries).map(([legendFormat, expr], index) => ({
    ...{ refId: refId(index), datasource: datasources.prometheus, editorMode: 'code' },
    ...{ expr, legendFormat, ...how },
  }));
}

function sqlTarget(panel: SqlPanel, format: 'table' | 'time_series'): Target {
  return {
    ...{ refId: 'A', datasource: sqlDatasource(panel), editorMode: 'code' },
    ...{ rawQuery: true, rawSql: panel.sql, format },
  };
}

function sqlDatasource({ datasource }: SqlPanel): Panel['datasource'] {
  return datasource ?? datasources.postgres;
}

function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

function unitColumns(units: Readonly<Record<string, Unit>> = {}) {
  return Object.entries(units).map(([name, unit]) => columnUnit(name, unit));
}

/** A column that is called a ratio is shown as one. */
function ratioColumns(columns: readonly string[]) {
  return columns
    .filter((name) => name.endsWith('%'))
    .map((name) => columnUnit(name, 'percentunit'));
}

function columnUnit(name: string, unit: Unit) {
  return {
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'unit', value: unit }],
  };
}
