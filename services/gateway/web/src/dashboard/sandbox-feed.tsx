// The lives of sandboxes as they happen, newest first.
import { clockTime, duration, words } from '../frame/figures.ts';
import { sandboxEvents } from './live.ts';
import type { SandboxEvent } from './wire.ts';

export function SandboxFeed() {
  return (
    <section class="panel" aria-labelledby="feed-title">
      <div class="panel-head">
        <h2 id="feed-title">Lifecycle</h2>
      </div>
      {sandboxEvents.value.length === 0 ? (
        <p class="nothing">Nothing has happened since this page was opened.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
        <section class="scroller tall" tabIndex={0} aria-label="Latest sandbox events">
          <ol class="feed" data-testid="feed">
            {sandboxEvents.value.map((event) => (
              <li key={event.event_id}>
                <time class="muted">{clockTime(event.at)}</time>
                <span class={`badge ${tones[event.type] ?? ''}`}>{event.type}</span>
                <span>{event.template}</span>
                <span class="feed-detail muted">{detailOf(event)}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
    </section>
  );
}

const tones: Readonly<Record<string, string>> = {
  ready: 'good',
  healthy: 'good',
  leased: 'busy',
  failed: 'bad',
  unhealthy: 'bad',
};

function detailOf(event: SandboxEvent): string {
  const { type, phases, from_warm_pool: isWarm = false, acquisition_ms: waited = 0 } = event;
  const { stop_reason: reason = '', detail = '', sandbox_id: id = '' } = event;
  const facts = [
    type === 'ready' && phases ? `in ${duration(phases.total_ms)}` : '',
    type === 'leased' ? `${isWarm ? 'warm' : 'cold'}, after ${duration(waited)}` : '',
    type === 'stopped' ? words(reason) : '',
    detail,
    id,
  ];
  return facts.filter((fact) => fact !== '').join(' · ');
}
