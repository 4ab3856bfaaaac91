// One function: what its cold starts load, and what to do about it.
import { hasLoadDetails } from '@pilotlight/contracts/load-tree';
import { useEffect } from 'preact/hooks';
import { ago, dateTime, duration } from '../frame/figures.ts';
import { Page } from '../frame/page.tsx';
import { Tile } from '../frame/tile.tsx';
import { loadsOf, wholeMsOf } from './load.ts';
import { LoadPicture } from './load-picture.tsx';
import { LoadTable } from './load-table.tsx';
import { Notices } from './notices.tsx';
import { Recommendations } from './recommendations.tsx';
import { details, spanHours, spans } from './reports.ts';
import type { FunctionDetails } from './wire.ts';

export function FunctionDetailsPage() {
  const shown = details.value;
  return (
    <Page here="functions">
      <div class="board">
        <div class="board-head">
          <a href="/functions">All functions</a>
          {shown !== undefined && <Head of={shown} />}
        </div>
        <Notices />
        {shown !== undefined && <Figures of={shown} />}
      </div>
    </Page>
  );
}

interface DetailsProps {
  readonly of: FunctionDetails;
}

function Head({ of }: DetailsProps) {
  useEffect(() => {
    document.title = `${of.function_name} · Pilotlight`;
  }, [of.function_name]);
  const memory = of.memory_allocated_mb === null ? null : `${of.memory_allocated_mb} MB`;
  const about = [of.project, of.runtime, of.region, memory].filter((part) => part !== null);
  return (
    <>
      <h1 class="name">
        <bdi>{of.function_name}</bdi>
      </h1>
      <span class="muted">{about.join(' · ')}</span>
      <Span />
    </>
  );
}

function Span() {
  return (
    <label class="span">
      <span class="muted small">Cold starts of the</span>
      <select
        value={String(spanHours.value)}
        onChange={(event) => {
          spanHours.value = Number(event.currentTarget.value);
        }}
      >
        {spans.map(([hours, label]) => (
          <option key={hours} value={String(hours)}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

function Figures({ of }: DetailsProps) {
  const loads = loadsOf(of);
  const wholeMs = wholeMsOf(of, loads);
  return (
    <>
      <Tiles of={of} />
      {loads.length === 0 ? (
        <p class="panel wide nothing-loaded" data-testid="no-modules">
          {of.cold_starts === 0
            ? 'No cold start was reported in this time.'
            : 'No module took longer than 1 ms to load.'}
        </p>
      ) : (
        <>
          <Recommendations of={of} />
          {hasLoadDetails(loads) && <LoadPicture loads={loads} wholeMs={wholeMs} />}
          <LoadTable loads={loads} wholeMs={wholeMs} />
        </>
      )}
    </>
  );
}

function Tiles({
  of: { cold_starts: starts, init_duration: init, first_seen_at, last_seen_at },
}: DetailsProps) {
  const since = first_seen_at === null ? '' : `first on ${dateTime(first_seen_at)}`;
  const last = last_seen_at === null ? undefined : ago(last_seen_at, new Date());
  const value = (ms: number | undefined) => (ms === undefined ? undefined : duration(ms));
  return (
    <section class="tiles" aria-label="At a glance">
      <Tile
        name="Cold starts"
        value={String(starts)}
        note="init of the newest 1,000, modules of 200"
      />
      <Tile name="Init, p50" value={value(init?.p50_ms)} note="half are faster" />
      <Tile name="Init, p95" value={value(init?.p95_ms)} note="of a hundred, five are slower" />
      <Tile name="Init, p99" value={value(init?.p99_ms)} note="of a hundred, one is slower" />
      <Tile
        name="Slowest"
        value={value(init?.max_ms)}
        note={`average ${value(init?.avg_ms) ?? '–'}`}
      />
      <Tile name="Last seen" value={last} note={since} />
    </section>
  );
}
