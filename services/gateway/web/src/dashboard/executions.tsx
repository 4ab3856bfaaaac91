// The latest executions, newest first.
import { clockTime, duration, words } from '../frame/figures.ts';
import { executions } from './live.ts';

export function Executions() {
  return (
    <section class="panel" aria-labelledby="executions-title">
      <div class="panel-head">
        <h2 id="executions-title">Executions</h2>
      </div>
      {executions.value.length === 0 ? (
        <p class="nothing">Nothing was run yet.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
        <section class="scroller tall" tabIndex={0} aria-label="Latest executions">
          <table data-testid="executions">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Status</th>
                <th scope="col">Language</th>
                <th scope="col" class="number">
                  Took
                </th>
                <th scope="col">Start</th>
              </tr>
            </thead>
            <tbody>
              {executions.value.map(({ id, status, language, ms, isWarm, at }) => (
                <tr key={id} title={id} data-execution={id}>
                  <td class="muted">{clockTime(at)}</td>
                  <td>
                    <span class={`badge ${toneOf(status)}`}>{words(status)}</span>
                  </td>
                  <td>{language}</td>
                  <td class="number">{ms === undefined ? '–' : duration(ms)}</td>
                  <td class={isWarm ? 'met' : 'cold'}>{isWarm ? 'warm' : 'cold'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function toneOf(status: string): string {
  if (status === 'completed') return 'good';
  return status === 'cancelled' ? 'warn' : 'bad';
}
