-- One row for each request of somebody for a sandbox. The first twelve columns are those that
-- others query by; the rest say where the time went and how it ended.
create table container_stats (
  -- The request's; made from the execution's id where that is no UUID.
  id uuid primary key,
  container_id text not null,
  user_id text,
  s3_bucket text not null,
  request_received_at timestamptz not null,
  code_server_available_at timestamptz,
  container_stopped_at timestamptz,
  startup_time_ms integer,
  active_duration_ms integer,
  shutdown_reason text check (shutdown_reason in ('manual', 'inactivity', 'error', 'resource_limit')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),

  template text not null,
  node text not null,
  from_warm_pool boolean,
  -- What the requester waited, with fractions; startup_time_ms is the same, rounded.
  acquisition_ms double precision,
  sandbox_created_at timestamptz,
  ready_at timestamptz,
  scheduling_ms double precision,
  image_pull_ms double precision,
  container_create_ms double precision,
  process_start_ms double precision,
  app_init_ms double precision,
  total_ms double precision,
  execution_id text,
  execution_status text,
  language text,
  -- The platform's own, finer reason.
  stop_reason text,
  detail text
);

create index container_stats_request_received_at on container_stats (request_received_at desc);
create index container_stats_user_id on container_stats (user_id);
