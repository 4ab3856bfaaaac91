-- Sandbox events of types that this version does not know, as they came.
create table other_events (
  stream text not null,
  sequence bigint not null,
  subject text not null,
  type text not null,
  -- Not jsonb, which would not keep it to the letter.
  event json not null,
  created_at timestamptz not null default now(),
  primary key (stream, sequence)
);

create index other_events_created_at on other_events (created_at);
