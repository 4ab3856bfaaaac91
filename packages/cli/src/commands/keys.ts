// pilotlight keys: who may use the platform.
import type { ApiKey } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { printable } from '../format/printable.ts';
import { age } from '../format/quantities.ts';
import { type Column, table } from '../format/table.ts';
import { type CommonOptions, note, printJson, printLine, withSession } from '../session.ts';

interface CreateOptions extends CommonOptions {
  readonly project: string;
  readonly name?: string;
  readonly user?: string;
  readonly admin?: boolean;
}

interface ListOptions extends CommonOptions {
  readonly project?: string;
}

const help = `
Examples:
  pilotlight projects create "My shop"
  key=$(pilotlight keys create --project my-shop --name ci)
  pilotlight keys list --project my-shop
  pilotlight keys revoke csa_a1b2

A key goes into the header X-API-Key, or after "Authorization: Bearer", over HTTP and gRPC alike.`;

export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description('Make, list and revoke API keys')
    .addHelpText('after', help);
  keys
    .command('create')
    .description('Make a key and print it: nothing else ever shows it again')
    .requiredOption('-p, --project <slug>', 'whose key it is')
    .option('--name <text>', 'for people')
    .option('-u, --user <id>', 'the one user that it speaks for; default every user of the project')
    .option('--admin', 'may manage keys and pools, and speaks for everyone')
    .option('--json', 'print a JSON object with the key and its details')
    .action((_, command: Command) => create(command.optsWithGlobals()));
  keys
    .command('list')
    .description('Show keys, newest first')
    .option('-p, --project <slug>', 'only of this project')
    .option('--json', 'print a JSON array')
    .action((_, command: Command) => list(command.optsWithGlobals()));
  keys
    .command('revoke')
    .description('End a key for good, and its calls in progress')
    .argument('<key>', 'its id, or what the list shows of it')
    .option('--json', 'print a JSON object')
    .action((key: string, _, command: Command) => revoke(key, command.optsWithGlobals()));
}

async function create(options: CreateOptions): Promise<void> {
  const { project, name, user, admin, json } = options;
  const { key, details } = await withSession(options, ({ client }) =>
    client.keys.create({
      project,
      ...(name !== undefined && { name }),
      ...(user !== undefined && { userId: user }),
      ...(admin === true && { role: 'admin' }),
    }),
  );
  if (json) {
    const { ApiKey } = await import('@pilotlight/contracts');
    return printJson({ key, details: ApiKey.toJSON(details) });
  }
  printLine(key);
  note(`Keep it: it is shown this once. To end it: pilotlight keys revoke ${details.id}`);
}

async function list(options: ListOptions): Promise<void> {
  const keys = await withSession(options, ({ client }) => client.keys.list(options.project));
  if (!options.json) return printLine(keyTable(keys, new Date()));
  const { ApiKey } = await import('@pilotlight/contracts');
  printJson(keys.map((key) => ApiKey.toJSON(key)));
}

async function revoke(wanted: string, options: CommonOptions): Promise<void> {
  const { ApiKey, isKey, prefixOfKey } = await import('@pilotlight/contracts');
  // Whoever gives the key itself means it; it need not travel.
  const shown = isKey(wanted) ? prefixOfKey(wanted) : wanted;
  const revoked = await withSession(options, ({ client }) => client.keys.revoke(shown));
  if (options.json) return printJson(ApiKey.toJSON(revoked));
  const name = revoked.name === '' ? '' : ` (${printable(revoked.name)})`;
  printLine(`${revoked.prefix}${name} of ${revoked.project} is revoked.`);
}

const columns = (now: Date): readonly Column<ApiKey>[] => [
  { title: 'KEY', value: (row) => row.prefix },
  { title: 'NAME', value: (row) => printable(row.name) || '-' },
  { title: 'PROJECT', value: (row) => row.project },
  { title: 'USER', value: (row) => printable(row.userId) || 'all' },
  { title: 'ROLE', value: (row) => row.role },
  { title: 'STATE', value: (row) => (row.active ? 'active' : 'revoked') },
  { title: 'MADE', value: (row) => age(row.createdAt, now), align: 'right' },
  { title: 'USED', value: (row) => age(row.lastUsedAt, now), align: 'right' },
  { title: 'ID', value: (row) => row.id },
];

export function keyTable(keys: readonly ApiKey[], now: Date): string {
  return keys.length === 0 ? 'No keys.' : table(columns(now), keys);
}
