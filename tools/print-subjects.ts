// Prints docs/subjects.md from the table of subjects. Run by `npm run generate`.
import {
  buckets,
  type StreamDefinition,
  streams,
  subjectsOf,
  subjectTable,
} from '../packages/contracts/src/subjects.ts';

const rows = Object.values(subjectTable).map((row) => {
  const kept = row.keptBy.map((keeper) => `\`${keeper.stream}\``).join(', ');
  return `| \`${row.pattern}\` | ${row.message} | ${kept} | ${row.publisher} | ${row.notes} |`;
});

const streamRows = Object.entries<StreamDefinition>(streams).map(([name, stream]) => {
  const count = stream.maxMessages?.toLocaleString('en') ?? '';
  const taken = Object.keys(streams).includes(name) ? subjectsOf(name as keyof typeof streams) : [];
  const filters = taken.map((filter) => `\`${filter}\``).join(', ');
  const perSubject = stream.maxMessagesPerSubject ?? '';
  return `| \`${name}\` | ${filters} | ${count} | ${perSubject} | ${stream.maxBytes / 2 ** 20} MiB | ${age(stream.maxAgeMs)} | ${stream.discard} |`;
});

const bucketRows = Object.entries(buckets).map(([name, bucket]) => {
  const maxAge = 'maxAgeMs' in bucket ? bucket.maxAgeMs : undefined;
  return `| \`${name}\` | ${bucket.notes} | ${age(maxAge)} |`;
});

console.log(`# Subjects and streams

Generated from \`packages/contracts/src/subjects.ts\` by \`npm run generate\`. Messages are those of
\`proto/pilotlight/v1\`, as JSON with snake_case names.

| subject | message | stream | published by | notes |
|---|---|---|---|---|
${rows.join('\n')}

## Streams

All are on disk. A full stream refuses new messages (discard \`new\`) or drops its oldest (\`old\`).

| stream | subjects | messages | per subject | size | age | discard |
|---|---|---|---|---|---|---|
${streamRows.join('\n')}

## Key-value buckets

| bucket | keys and values | age |
|---|---|---|
${bucketRows.join('\n')}`);

function age(ms: number | undefined): string {
  if (ms === undefined) return '';
  if (ms < 60_000) return `${ms / 1_000} s`;
  return ms < 86_400_000 ? `${ms / 60_000} min` : `${ms / 86_400_000} d`;
}
