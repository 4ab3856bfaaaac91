-- For retention, which looks for old rows by this column.
create index dead_letters_created_at on dead_letters (created_at);

-- Most rows are written by a lease and again by its end: room for the second version on the same
-- page spares the indexes.
alter table container_stats set (fillfactor = 70);
