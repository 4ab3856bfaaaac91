-- Sandboxes that ended, or never came up, without ever having been leased.
create table warm_stock (
  sandbox_id text primary key,
  template text not null,
  node text not null,
  sandbox_created_at timestamptz,
  ready_at timestamptz,
  stopped_at timestamptz,
  -- How long it waited for somebody.
  idle_ms bigint,
  scheduling_ms double precision,
  image_pull_ms double precision,
  container_create_ms double precision,
  process_start_ms double precision,
  app_init_ms double precision,
  total_ms double precision,
  stop_reason text,
  detail text,
  created_at timestamptz not null default now()
);

create index warm_stock_stopped_at on warm_stock (stopped_at desc);
