// What would make the starts of a function faster, and how sure that is.
import { duration, words } from '../frame/figures.ts';
import type { FunctionDetails } from './wire.ts';

const toneOf: Readonly<Record<string, string>> = { high: 'good', medium: 'warn' };

export function Recommendations({ of }: { readonly of: FunctionDetails }) {
  const { recommendations: shown } = of;
  return (
    <section class="panel wide" aria-labelledby="recommendations-title">
      <div class="panel-head">
        <h2 id="recommendations-title">Recommendations</h2>
        <span class="muted small">the largest saving first; savings of parts overlap</span>
      </div>
      {shown.length === 0 ? (
        <p class="nothing">
          {of.cold_starts < 5
            ? 'None yet: there are too few cold starts.'
            : 'None: nothing stands out.'}
        </p>
      ) : (
        <ol class="recommendations" data-testid="recommendations">
          {shown.map((one) => (
            <li key={`${one.kind} ${one.module}`}>
              <div class="recommendation-head">
                <b class="name">
                  <bdi>{one.module}</bdi>
                </b>
                <span class="badge">{words(one.kind)}</span>
                <b class="saving">saves {duration(one.potential_savings_ms)}</b>
              </div>
              <p>{one.issue}</p>
              <p class="suggestion">{one.suggestion}</p>
              <p class="muted small">
                <span class={`badge ${toneOf[one.confidence] ?? ''}`}>
                  {one.confidence} confidence
                </span>{' '}
                from {one.samples} cold {one.samples === 1 ? 'start' : 'starts'}
              </p>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
