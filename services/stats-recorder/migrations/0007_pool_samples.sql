-- What the pool of each template was at every tenth second, summed over the nodes that live.
create table pool_samples (
  sampled_at timestamptz not null,
  template text not null,
  -- Warm sandboxes that there should be, ready and creating together.
  target integer not null,
  ready integer not null,
  creating integer not null,
  leased integer not null,
  -- Callers without a sandbox yet.
  waiting integer not null,
  -- On which the template works.
  nodes integer not null,
  -- Whichever recorder is first writes the slot.
  primary key (sampled_at, template)
);

create index pool_samples_template on pool_samples (template, sampled_at desc);
