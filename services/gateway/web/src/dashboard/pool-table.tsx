// What is warm, what is being made, what is leased, per template.
import { pools } from './live.ts';
import type { Pool } from './wire.ts';

export function PoolTable() {
  const shown = (pools.value ?? []).toSorted((a, b) => a.template.localeCompare(b.template));
  return (
    <section class="panel wide" aria-labelledby="pools-title">
      <div class="panel-head">
        <h2 id="pools-title">Pools</h2>
        <ul class="key" aria-label="Colours">
          <li class="is-available">available</li>
          <li class="is-leased">leased</li>
          <li class="is-creating">creating</li>
        </ul>
      </div>
      {pools.value === undefined ? (
        <p class="nothing">Waiting for the feed.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
        <section class="scroller" tabIndex={0} aria-label="Pools by template">
          <table data-testid="pools">
            <thead>
              <tr>
                <th scope="col">Template</th>
                <th scope="col" class="bar-column">
                  Stock
                </th>
                <th scope="col" class="number">
                  Available
                </th>
                <th scope="col" class="number">
                  Target
                </th>
                <th scope="col" class="number">
                  Creating
                </th>
                <th scope="col" class="number">
                  Leased
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((pool) => (
                <PoolRow key={pool.template} pool={pool} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function PoolRow({ pool }: { readonly pool: Pool }) {
  const whole = Math.max(1, pool.target_size + pool.leased, pool.current_size);
  const { problems = [], preparing = [] } = pool;
  const notes = [...problems, ...preparing];
  const part = (count: number) => ({ width: `${(count / whole) * 100}%` });
  return (
    <tr>
      <th scope="row">
        <span class="pool-name">
          {pool.template}
          {pool.unavailable && <span class="badge bad">unavailable</span>}
        </span>
        {notes.map((note) => (
          <span key={note} class={`pool-note ${problems.includes(note) ? 'missed' : ''}`}>
            {note}
          </span>
        ))}
      </th>
      <td class="bar-column">
        <div class="stock" aria-hidden="true">
          <span class="is-available" style={part(pool.available)} />
          <span class="is-leased" style={part(pool.leased)} />
          <span class="is-creating" style={part(pool.creating)} />
        </div>
      </td>
      <td class="number strong">{pool.available}</td>
      <td class="number">{pool.target_size}</td>
      <td class="number">{pool.creating}</td>
      <td class="number">{pool.leased}</td>
    </tr>
  );
}
