// From rows of panels to the JSON that Grafana reads.
import { datasources, type Panel } from './panel.ts';

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** One value, chosen from what a query finds. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  /** May use variables before it. */
  readonly sql: string;
  readonly datasource: Panel['datasource'];
}

export interface Dashboard {
  /** Stays the same for good: links and saved views use it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Until now; such as `24h`. */
  readonly shows: string;
  /** How often it asks again, such as `1m`. */
  readonly refresh: string;
  /** Whether its queries use the variable `template`. */
  readonly byTemplate: boolean;
  /** Further ones that its queries use. */
  readonly variables?: readonly Variable[];
  readonly rows: readonly Row[];
}

const columns = 24;

/**
 * The chosen templates as a pattern, for PromQL `template=~"$template"` and for SQL
 * `template ~ '^(${template:pipe})$'`: all of them is the pattern that matches everything.
 */
const templateVariable = {
  name: 'template',
  label: 'Template',
  type: 'query',
  datasource: datasources.prometheus,
  definition: 'label_values(pilotlight_sandboxes, template)',
  query: { refId: 'template', query: 'label_values(pilotlight_sandboxes, template)' },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: ['All'], value: ['$__all'] },
};

/** One file of grafana/dashboards. Ids and places follow from the order alone. */
export function dashboardJson(dashboard: Dashboard): string {
  const { uid, title, description, shows, refresh, byTemplate, variables = [] } = dashboard;
  const model = {
    ...{ uid, title, description, refresh },
    tags: ['pilotlight'],
    timezone: 'browser',
    editable: true,
    graphTooltip: 1,
    schemaVersion: 41,
    time: { from: `now-${shows}`, to: 'now' },
    templating: {
      list: [...(byTemplate ? [templateVariable] : []), ...variables.map(variableJson)],
    },
    annotations: { list: [] },
    links: [
      {
        ...{ type: 'dashboards', title: 'Pilotlight', tags: ['pilotlight'] },
        ...{ asDropdown: true, keepTime: true, icon: 'external link' },
      },
    ],
    panels: placed(dashboard.rows),
  };
  return `${JSON.stringify(model, null, 2)}\n`;
}

function variableJson({ name, label, sql, datasource }: Variable) {
  return {
    ...{ name, label, type: 'query', datasource, definition: sql, query: sql },
    ...{ refresh: 2, sort: 0, multi: false, includeAll: false },
  };
}

/** Fills lines of 24 columns from the left; a line is as high as its highest panel. */
function placed(rows: readonly Row[]): unknown[] {
  const result: unknown[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    const id = result.length + 1;
    result.push({ id, type: 'row', title, collapsed: false, gridPos: at(0, y, columns, 1) });
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const { width, height, ...panel } of panels) {
      if (x + width > columns) {
        y += lineHeight;
        x = 0;
        lineHeight = 0;
      }
      result.push({ id: result.length + 1, ...panel, gridPos: at(x, y, width, height) });
      x += width;
      lineHeight = Math.max(lineHeight, height);
    }
    y += lineHeight;
  }
  return result;
}

function at(x: number, y: number, w: number, h: number) {
  return { x, y, w, h };
}
