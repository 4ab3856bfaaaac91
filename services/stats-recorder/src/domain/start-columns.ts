// What container_stats and warm_stock both say of how a sandbox came to be.
import type { SandboxEvent } from '@pilotlight/contracts';
import { isClockSkewed } from './clock-skew.ts';
import { type PhaseColumns, phaseColumns, textColumn, timeColumn } from './columns.ts';

/** Fields that this version does not know, by the type of the event that had them. */
export type ExtraFields = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Named as the columns. Null: not known from this event. */
export interface StartColumns extends PhaseColumns {
  readonly template: string;
  readonly node: string;
  readonly incarnation: string | null;
  readonly ordered_at: string | null;
  readonly sandbox_created_at: string | null;
  readonly image_ready_at: string | null;
  readonly container_created_at: string | null;
  readonly process_started_at: string | null;
  readonly ready_at: string | null;
  readonly template_revision: string | null;
  readonly platform_version: string | null;
  readonly traceparent: string | null;
  readonly detail: string | null;
  readonly clock_skewed: boolean;
  readonly extra: ExtraFields | null;
}

/** `extra` is left to whoever has the message itself. */
export function startColumns(event: SandboxEvent): StartColumns {
  return {
    template: event.template,
    node: event.node,
    incarnation: textColumn(event.incarnation),
    ordered_at: timeColumn(event.orderedAt),
    sandbox_created_at: timeColumn(event.sandboxCreatedAt),
    image_ready_at: timeColumn(event.imageReadyAt),
    container_created_at: timeColumn(event.containerCreatedAt),
    process_started_at: timeColumn(event.processStartedAt),
    ready_at: timeColumn(event.readyAt),
    ...phaseColumns(event.phases),
    template_revision: textColumn(event.templateRevision),
    platform_version: textColumn(event.platformVersion),
    traceparent: textColumn(event.traceparent),
    detail: textColumn(event.detail),
    clock_skewed: isClockSkewed(event),
    extra: null,
  };
}

/**
 * Two rows of one sandbox as one, in either order: what is known stays known, a clock that was
 * wrong once was wrong, and each type of event has its own unknown fields.
 */
export function mergeKnown<Row extends StartColumns>(a: Row, b: Row): Row {
  const known = Object.entries(b).filter(([, value]) => value !== null);
  const hasBoth = a.extra !== null && b.extra !== null;
  return {
    ...a,
    ...Object.fromEntries(known),
    clock_skewed: a.clock_skewed || b.clock_skewed,
    extra: hasBoth ? { ...a.extra, ...b.extra } : (a.extra ?? b.extra),
  };
}
