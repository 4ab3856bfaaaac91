-- The one result of each execution, kept after it is gone from the stream.
create table executions (
  execution_id text primary key,
  user_id text,
  language text,
  priority text,
  status text not null,
  message text,
  exit_code integer not null,
  signal text,
  execution_time_ms double precision not null,
  cpu_time_ms double precision not null,
  memory_used_bytes bigint not null,
  retryable boolean not null,
  attempt integer not null,
  sandbox_id text,
  node text,
  from_warm_pool boolean,
  correlation_id text,
  queued_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  -- The whole ExecutionResult as JSON, with the first 64 KiB of each output stream.
  result jsonb not null,
  created_at timestamptz not null default now()
);

create index executions_finished_at on executions (finished_at desc);
create index executions_user_id on executions (user_id, finished_at desc);
