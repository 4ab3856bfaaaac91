// Parts that several SQL panels share. Macros and variables in them are Grafana's.

/** Only rows of the chosen templates; names of templates have no character that a pattern reads. */
export const ofTemplates = `template ~ '^(\${template:pipe})$'`;

/** Requests of the shown time that got their sandbox. */
export const served = `$__timeFilter(request_received_at) and acquisition_ms is not null and ${ofTemplates}`;

/** p50, p90, p99 and the maximum of a column of milliseconds. */
export function percentiles(column: string): string {
  const at = (fraction: number, name: string) =>
    `percentile_cont(${fraction}) within group (order by ${column}) as ${name}`;
  return `${at(0.5, 'p50')}, ${at(0.9, 'p90')}, ${at(0.99, 'p99')}, max(${column}) as max`;
}

/**
 * Every start of the shown time that came up, whoever it was for: `starts` holds those that somebody
 * leased and those of stock that nobody did. A row of an execution or lease is the start of its own
 * sandbox.
 */
export const starts = `with starts as (
  select template, template_revision, sandbox_created_at, scheduling_ms, image_pull_ms, container_create_ms,
    process_start_ms, app_init_ms, total_ms
  from container_stats
  where $__timeFilter(sandbox_created_at) and ready_at is not null and total_ms is not null and ${ofTemplates}
  union all
  select template, template_revision, sandbox_created_at, scheduling_ms, image_pull_ms, container_create_ms,
    process_start_ms, app_init_ms, total_ms
  from warm_stock
  where $__timeFilter(sandbox_created_at) and ready_at is not null and total_ms is not null and ${ofTemplates}
)`;

/**
 * Whether the start had to fetch or make its image: looking whether it is there takes a few
 * milliseconds and is in the same phase.
 */
export const pulled = 'image_pull_ms >= 50';
