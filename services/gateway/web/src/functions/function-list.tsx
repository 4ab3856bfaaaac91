// All functions that report their starts.
import { dateTime, duration, percent } from '../frame/figures.ts';
import { Page } from '../frame/page.tsx';
import { AddTheSdk } from './add-the-sdk.tsx';
import { Notices } from './notices.tsx';
import { functions } from './reports.ts';
import type { FunctionSummary } from './wire.ts';

export function FunctionList() {
  return (
    <Page here="functions">
      <div class="board">
        <div class="board-head">
          <h1>Functions</h1>
          <span class="muted">why their cold starts are slow, and what to do about it</span>
        </div>
        <Notices />
        {functions.value !== undefined &&
          (functions.value.length === 0 ? <AddTheSdk /> : <Table functions={functions.value} />)}
      </div>
    </Page>
  );
}

function Table({ functions: rows }: { readonly functions: readonly FunctionSummary[] }) {
  return (
    <section class="panel wide" aria-labelledby="functions-title">
      <div class="panel-head">
        <h2 id="functions-title">Last seen first</h2>
        <span class="muted small">figures of the last 24 hours</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section class="scroller" tabIndex={0} aria-label="Functions">
        <table data-testid="functions">
          <thead>
            <tr>
              <th scope="col">Function</th>
              <th scope="col">Project</th>
              <th scope="col">Runtime</th>
              <th scope="col">Region</th>
              <th scope="col" class="number">
                Memory
              </th>
              <th scope="col" class="number">
                Cold starts
              </th>
              <th scope="col" class="number">
                Init, average
              </th>
              <th scope="col" class="number">
                p95
              </th>
              <th scope="col" class="number">
                Calls
              </th>
              <th scope="col" class="number">
                Last seen
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.id} row={row} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Row({ row }: { readonly row: FunctionSummary }) {
  const stats = row.cold_start_stats;
  return (
    <tr data-function={row.function_name}>
      <th scope="row" class="name">
        <a href={`/functions?id=${encodeURIComponent(row.id)}`}>
          <bdi>{row.function_name}</bdi>
        </a>
      </th>
      <td>{row.project}</td>
      <td>{row.runtime ?? '–'}</td>
      <td>{row.region ?? '–'}</td>
      <td class="number">
        {row.memory_allocated_mb === null ? '–' : `${row.memory_allocated_mb} MB`}
      </td>
      <td class="number">{shown(stats.cold_start_rate, percent)}</td>
      <td class="number strong">{shown(stats.avg_init_duration_ms, duration)}</td>
      <td class="number">{shown(stats.p95_init_duration_ms, duration)}</td>
      <td class="number">{stats.total_invocations_24h}</td>
      <td class="number muted">{shown(row.last_seen_at, dateTime)}</td>
    </tr>
  );
}

function shown<T>(value: T | null, format: (value: T) => string): string {
  return value === null ? '–' : format(value);
}
