// Percentiles of what requesters waited, over time.
import { effect, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { duration } from '../frame/figures.ts';
import { theme } from '../frame/theme.ts';
import { type Series, seriesOf } from './acquisitions.ts';
import { acquisitions } from './live.ts';

const height = 240;
const intervals = 60;

export function LatencyChart() {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    const end = effect(() => {
      // Its colours are drawn, so a new theme is a new chart.
      void theme.value;
      chart.current?.destroy();
      chart.current = new uPlot(optionsOf(current), dataOf(latest()), current);
    });
    const resized = new ResizeObserver(() => {
      if (current.clientWidth > 0) chart.current?.setSize({ width: current.clientWidth, height });
    });
    resized.observe(current);
    return () => {
      resized.disconnect();
      end();
      chart.current?.destroy();
    };
  }, []);
  useSignalEffect(() => {
    void acquisitions.value;
    chart.current?.setData(dataOf(latest()));
  });
  const shown = seriesOf(acquisitions.value, Date.now(), intervals);
  const last = shown.map((column) => column.findLast((value) => value !== null));
  const [, p50, p95, p99] = last;
  const spoken =
    p50 === undefined
      ? 'No requests yet.'
      : `Latest: p50 ${duration(p50 ?? 0)}, p95 ${duration(p95 ?? 0)}, p99 ${duration(p99 ?? 0)}.`;
  return (
    <section class="panel wide" aria-labelledby="latency-title">
      <div class="panel-head">
        <h2 id="latency-title">Wait for a sandbox</h2>
        <span class="muted small">{spoken}</span>
      </div>
      <div
        ref={place}
        class="chart"
        hidden={p50 === undefined}
        role="img"
        aria-label={`Percentiles over time. ${spoken}`}
      />
    </section>
  );
}

function latest(): Series {
  return seriesOf(acquisitions.peek(), Date.now(), intervals);
}

function dataOf([times, p50, p95, p99]: Series): uPlot.AlignedData {
  return [[...times], [...p50], [...p95], [...p99]];
}

function optionsOf(place: HTMLElement): uPlot.Options {
  const color = (name: string) => getComputedStyle(place).getPropertyValue(name).trim();
  const text = color('--muted');
  const grid = { stroke: color('--line'), width: 1 };
  const axis = { stroke: text, grid, ticks: grid, font: '12px system-ui' };
  const line = (label: string, stroke: string) => ({
    ...{ label, stroke, width: 2, spanGaps: true, points: { size: 5 } },
    value: (_plot: uPlot, ms: number | null) => (ms === null ? '–' : duration(ms)),
  });
  return {
    // Nothing while it is hidden, which no chart can be.
    width: Math.max(100, place.clientWidth),
    height,
    // Warm and cold differ by orders of magnitude.
    scales: { y: { distr: 3 } },
    axes: [
      axis,
      {
        ...axis,
        size: 66,
        values: (_plot, ticks) =>
          ticks.map((ms) => (ms !== null && isDecade(ms) ? duration(ms) : '')),
      },
    ],
    series: [
      { value: (_plot, at) => (at === null ? '–' : new Date(at * 1_000).toLocaleTimeString()) },
      line('p50', color('--phase-2')),
      line('p95', color('--phase-3')),
      line('p99', color('--phase-4')),
    ],
  };
}

function isDecade(ms: number): boolean {
  return Math.abs(Math.log10(ms) - Math.round(Math.log10(ms))) < 1e-9;
}
