// Every module of a function in figures: the same as the picture, for those who read.
import { duration, percent } from '../frame/figures.ts';
import { heatOf, type Load } from './load.ts';

interface LoadTableProps {
  readonly loads: readonly Load[];
  readonly wholeMs: number;
}

export function LoadTable({ loads, wholeMs }: LoadTableProps) {
  return (
    <section class="panel wide" aria-labelledby="modules-title">
      <div class="panel-head">
        <h2 id="modules-title">Modules</h2>
        <span class="muted small">
          p50, p95 and p99 include what a module loads itself; own time does not
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section class="scroller modules" tabIndex={0} aria-label="Modules by load time">
        <table data-testid="modules">
          <thead>
            <tr>
              <th scope="col">Module</th>
              <th scope="col">Loaded by</th>
              <th scope="col" class="load-column">
                Of the start
              </th>
              {['p50', 'p95', 'p99', 'Average', 'Own', 'Share', 'Starts'].map((title) => (
                <th key={title} scope="col" class="number">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {loads.map((load) => (
              <Row key={load.module} load={load} wholeMs={wholeMs} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Row({ load, wholeMs }: { readonly load: Load; readonly wholeMs: number }) {
  const { figures, module, parent, totalMs } = load;
  const width = `${Math.min(100, (totalMs / wholeMs) * 100)}%`;
  return (
    <tr data-module={module}>
      <th scope="row" class="name">
        <bdi>{module}</bdi>
        <Unused rate={figures.unused_rate} />
        {(figures.path ?? figures.version) !== null && (
          <span class="module-note">
            <bdi>{[figures.version, figures.path].filter((part) => part !== null).join(' · ')}</bdi>
          </span>
        )}
      </th>
      <td class="name">
        <bdi>{parent}</bdi>
      </td>
      <td class="load-column">
        <div class="load-bar" aria-hidden="true">
          <span class={`heat-${heatOf(figures.share ?? 0)}`} style={{ width }} />
        </div>
      </td>
      <td class="number strong">{duration(figures.p50_ms)}</td>
      <td class="number">{duration(figures.p95_ms)}</td>
      <td class="number">{duration(figures.p99_ms)}</td>
      <td class="number">{duration(figures.avg_load_time_ms)}</td>
      <td class="number">{figures.self_p50_ms === null ? '–' : duration(figures.self_p50_ms)}</td>
      <td class="number">{figures.share === null ? '–' : percent(figures.share)}</td>
      <td class="number">{figures.samples}</td>
    </tr>
  );
}

function Unused({ rate }: { readonly rate: number | null }) {
  if (rate === null || rate === 0) return null;
  return (
    <span class="badge warn" title="No code of it ran in the first call">
      {rate === 1 ? 'unused' : `unused in ${percent(rate)}`}
    </span>
  );
}
