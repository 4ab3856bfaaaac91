-- Serverless functions and their invocations, as the Cold Start Analyzer has them.
CREATE TABLE functions (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id UUID NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
    function_name VARCHAR(255) NOT NULL,
    runtime VARCHAR(50),
    region VARCHAR(50),
    memory_allocated_mb INTEGER,
    first_seen_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),

    -- Beside the specified columns: what recommendations are current with.
    cold_starts_written BIGINT NOT NULL DEFAULT 0,
    cold_starts_analysed BIGINT NOT NULL DEFAULT 0,
    analysed_at TIMESTAMP WITH TIME ZONE,

    UNIQUE(project_id, function_name)
);

CREATE INDEX idx_functions_project_id ON functions(project_id);

-- Updated with every batch: room for the new version on the same page spares the indexes.
alter table functions set (fillfactor = 50);

-- By month; the recorder makes the partitions for what it writes. There is none for the rest: rows in it
-- would keep the partition of their month from being made.
CREATE TABLE invocations (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    function_id UUID NOT NULL REFERENCES functions(id) ON DELETE CASCADE,

    -- Invocation identifiers
    invocation_id VARCHAR(255),
    request_id VARCHAR(255),

    -- Timing data
    timestamp TIMESTAMP WITH TIME ZONE NOT NULL,
    cold_start BOOLEAN NOT NULL,
    init_duration_ms INTEGER,           -- Cold start init time
    execution_duration_ms INTEGER NOT NULL,
    billed_duration_ms INTEGER,

    -- Memory data
    memory_used_mb INTEGER,
    memory_allocated_mb INTEGER,

    -- Module timings (stored as JSONB)
    module_timings JSONB,               -- {"aws-sdk": 850, "prisma": 620, ...}

    -- Additional context
    runtime_version VARCHAR(50),
    architecture VARCHAR(20),           -- x86_64 or arm64

    -- Metadata
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),

    -- Beside the specified columns. [{"module", "path", "parent", "self_ms", "total_ms", "version", "files",
    -- "used"}, ...], region of this invocation, and by how much the function's clock was ahead.
    module_details JSONB,
    region VARCHAR(50),
    clock_skew_ms BIGINT,

    PRIMARY KEY (id, timestamp)
) PARTITION BY RANGE (timestamp);

CREATE INDEX idx_invocations_function_id ON invocations(function_id);
CREATE INDEX idx_invocations_timestamp ON invocations(timestamp);
CREATE INDEX idx_invocations_cold_start ON invocations(cold_start);
CREATE INDEX idx_invocations_function_timestamp ON invocations(function_id, timestamp DESC);
-- A function's newest cold starts, and how long they were, without the warm ones between them.
CREATE INDEX idx_invocations_cold_starts ON invocations(function_id, timestamp DESC)
  INCLUDE (init_duration_ms) WHERE cold_start;

-- What to do about a function's slow starts, as of computed_at.
create table function_recommendations (
  function_id uuid not null references functions (id) on delete cascade,
  module text not null,
  kind text not null,
  issue text not null,
  suggestion text not null,
  potential_savings_ms double precision not null,
  confidence text not null,
  samples bigint not null,
  computed_at timestamptz not null,
  primary key (function_id, module, kind)
);

-- TimescaleDB's, where the extension is not: for widths without months, from its origin, a Monday. The
-- extension wins where it was there first; to add it later, drop this function before.
do $$
begin
  if to_regprocedure('time_bucket(interval, timestamptz)') is null then
    create function time_bucket(bucket_width interval, ts timestamptz) returns timestamptz
      language sql immutable strict parallel safe
      as 'select date_bin(bucket_width, ts, timestamptz ''2000-01-03 00:00:00+00'')';
  end if;
end
$$;
