-- Projects and their API keys, as the Cold Start Analyzer has them.
CREATE TABLE projects (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(255) NOT NULL,
    slug VARCHAR(100) UNIQUE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

CREATE TABLE api_keys (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id UUID NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
    key_hash VARCHAR(255) NOT NULL,  -- SHA256 hash of the actual key
    key_prefix VARCHAR(10) NOT NULL, -- First 8 chars for identification
    name VARCHAR(255),
    is_active BOOLEAN DEFAULT true,
    last_used_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

CREATE INDEX idx_api_keys_key_hash ON api_keys(key_hash);
CREATE INDEX idx_api_keys_project_id ON api_keys(project_id);

-- What those tables have no columns for stands beside them. A number that is 0 sets no bound beside the
-- platform's own; seconds and MB.
create table plans (
  name text primary key,
  priority text not null check (priority in ('high', 'normal', 'low')),
  concurrent_executions integer not null check (concurrent_executions >= 0),
  queued_executions integer not null check (queued_executions >= 0),
  requests_per_minute integer not null check (requests_per_minute >= 0),
  queries_per_minute integer not null check (queries_per_minute >= 0),
  timeout integer not null check (timeout >= 0),
  memory_limit integer not null check (memory_limit >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- 10,000 requests and 100 queries in a minute for each key, at most 30 s and 512 MB, 50 at once for each
-- user, and the priority queue for premium are what was specified; what free has less is our choice.
insert into plans (name, priority, concurrent_executions, queued_executions, requests_per_minute,
    queries_per_minute, timeout, memory_limit)
  values
    ('free', 'low', 5, 500, 600, 60, 10, 256),
    ('standard', 'normal', 50, 10000, 10000, 100, 30, 512),
    ('premium', 'high', 200, 5000, 10000, 100, 30, 512);

-- A project without a row here is on `standard`.
create table project_plans (
  project_id uuid primary key references projects (id) on delete cascade,
  plan text not null references plans (name),
  updated_at timestamptz not null default now()
);

-- A key without a row here speaks for every user of its project, and is no admin's.
create table api_key_grants (
  api_key_id uuid primary key references api_keys (id) on delete cascade,
  user_id text,
  role text not null default 'project' check (role in ('project', 'admin'))
);
