-- What events say of a start beyond its phases, and whether their clocks can be believed. Adding
-- such columns rewrites nothing, however many rows there are.
alter table container_stats
  add column ordered_at timestamptz,
  add column image_ready_at timestamptz,
  add column container_created_at timestamptz,
  add column process_started_at timestamptz,
  add column template_revision text,
  add column platform_version text,
  add column incarnation text,
  add column traceparent text,
  -- Some moment lies before one that must precede it; durations between such are 0.
  add column clock_skewed boolean not null default false,
  -- Fields that this version does not know, by the type of the event that had them.
  add column extra jsonb;

alter table warm_stock
  add column ordered_at timestamptz,
  add column image_ready_at timestamptz,
  add column container_created_at timestamptz,
  add column process_started_at timestamptz,
  add column template_revision text,
  add column platform_version text,
  add column incarnation text,
  add column traceparent text,
  add column clock_skewed boolean not null default false,
  add column extra jsonb;
