// Prints docs/nats-users.md from the contracts' table of who may do what on the bus. Run by
// `npm run generate`.
import { busAccess, busUsers, subjectTable } from '../packages/contracts/src/index.ts';

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

const rows = busUsers.map((user) => {
  const access = busAccess[user];
  const { publishes = [], reads = [], looksAt = [], consumes = {} } = access;
  const { removesFrom = [], readsBuckets = [], writesBuckets = [] } = access;
  const subjects = publishes.map((row) => subjectTable[row].pattern);
  const read = [
    code([...reads, ...Object.keys(consumes)]),
    looksAt.length > 0 ? `single messages of ${code(looksAt)}` : '',
    removesFrom.length > 0 ? `deletes from ${code(removesFrom)}` : '',
  ].filter((part) => part !== '');
  const makes = access.makesStreams ? ' Makes streams and buckets.' : '';
  return `| \`${user}\` | ${access.notes}.${makes} | ${code(subjects)} | ${read.join('; ')} | ${code(readsBuckets)} | ${code(writesBuckets)} |`;
});

console.log(`# Users of the bus

Generated from \`packages/contracts/src/bus-access.ts\` by \`npm run generate\`. Each is a user of
nats-server with these permissions and no others, in \`npm start\` and in \`deploy/nats\` alike.
[security.md](security.md) says how to use them.

| user | what for | publishes | reads | buckets that it reads | buckets that it writes |
|---|---|---|---|---|---|
${rows.join('\n')}
| \`project-<project>\` | one for each project that publishes on NATS | \`exec.project.<project>.<priority>.<language>\` | | | |

Each also listens on its own inbox, \`_INBOX_<user>.>\`, and nowhere else.`);
