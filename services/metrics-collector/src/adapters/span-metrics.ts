// What became of spans.
import type { Metrics } from '@pilotlight/telemetry';
import { type SpanOutcome, spanOutcomes } from '../app/tracing.ts';

/** Registers the metric; what is returned counts so many spans. */
export function spanMetrics(metrics: Metrics): (outcome: SpanOutcome, spans: number) => void {
  const exported = metrics.counter(
    'pilotlight_spans_exported_total',
    'Spans by what became of them',
    ['outcome'],
  );
  for (const outcome of spanOutcomes) exported.inc({ outcome }, 0);
  return (outcome, spans) => exported.inc({ outcome }, spans);
}
