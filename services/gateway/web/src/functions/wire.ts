// What the gateway tells of serverless functions, as far as this page reads it. null is what nobody knows.

export interface FunctionSummary {
  readonly id: string;
  readonly function_name: string;
  readonly project: string;
  readonly runtime: string | null;
  readonly region: string | null;
  readonly memory_allocated_mb: number | null;
  readonly first_seen_at: string | null;
  readonly last_seen_at: string | null;
  /** Of the last 24 hours. */
  readonly cold_start_stats: {
    readonly avg_init_duration_ms: number | null;
    readonly p95_init_duration_ms: number | null;
    readonly cold_start_rate: number | null;
    readonly total_invocations_24h: number;
  };
}

export interface ModuleFigures {
  readonly avg_load_time_ms: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  readonly self_p50_ms: number | null;
  readonly samples: number;
  readonly parent: string | null;
  readonly path: string | null;
  readonly version: string | null;
  readonly share: number | null;
  readonly unused_rate: number | null;
}

export interface Recommendation {
  readonly module: string;
  readonly kind: string;
  readonly issue: string;
  readonly suggestion: string;
  readonly potential_savings_ms: number;
  readonly confidence: string;
  readonly samples: number;
}

export interface FunctionDetails extends FunctionSummary {
  readonly range: { readonly start: string | null; readonly end: string | null };
  readonly cold_starts: number;
  readonly init_duration: {
    readonly avg_ms: number;
    readonly p50_ms: number;
    readonly p95_ms: number;
    readonly p99_ms: number;
    readonly max_ms: number;
  } | null;
  /** By name. */
  readonly module_breakdown: Readonly<Record<string, ModuleFigures>>;
  readonly recommendations: readonly Recommendation[];
}
