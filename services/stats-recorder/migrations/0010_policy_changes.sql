-- Suggestions that were carried out, as they were made. Few, and kept for good.
create table policy_changes (
  suggestion_id text primary key,
  template text not null,
  remedy text not null,
  suggestion text not null,
  expected_saving_ms double precision not null,
  basis text not null,
  -- Null where it was no change of policy.
  field text,
  from_value integer,
  to_value integer,
  applied_by text,
  applied_at timestamptz not null default now()
);

create index policy_changes_applied_at on policy_changes (applied_at desc);
-- Starts of stock are looked up by when they were.
create index warm_stock_sandbox_created_at on warm_stock (sandbox_created_at);
