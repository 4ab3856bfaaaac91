#!/bin/sh
# Run once, when the database is made: a role for Grafana that may read what stats-recorder will make,
# and nothing else.
set -eu

psql --set=ON_ERROR_STOP=1 --set=password="$GRAFANA_DATABASE_PASSWORD" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role grafana login password :'password';
alter role grafana set default_transaction_read_only = on;
alter role grafana set statement_timeout = '30s';
alter default privileges in schema public grant select on tables to grafana;
SQL
