-- Messages that could not be recorded, as they came, and why.
create table dead_letters (
  stream text not null,
  sequence bigint not null,
  subject text not null,
  payload bytea not null,
  reason text not null,
  created_at timestamptz not null default now(),
  primary key (stream, sequence)
);
