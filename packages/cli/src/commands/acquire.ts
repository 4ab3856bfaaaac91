// pilotlight acquire: leases a sandbox and remembers its token.
import { userInfo } from 'node:os';
import { limits, type NetworkMode, networkModes } from '@pilotlight/contracts';
import { type Command, Option } from 'commander';
import { phasesTable } from '../format/phases.ts';
import { milliseconds } from '../format/quantities.ts';
import { leaseFile } from '../lease-file.ts';
import { rememberLease } from '../leases.ts';
import { type NamedValues, namedValue } from '../named-values.ts';
import { wholeNumber } from '../numbers.ts';
import { type CommonOptions, note, printJson, printLine, withSession } from '../session.ts';

interface AcquireOptions extends CommonOptions {
  readonly user: string;
  readonly version?: string;
  readonly ttl?: number;
  readonly idle?: number;
  readonly memory?: number;
  readonly key?: string;
  readonly env?: NamedValues;
  readonly file?: readonly string[];
  readonly network?: NetworkMode;
}

const help = `
Examples:
  pilotlight acquire python
  id=$(pilotlight acquire javascript) && pilotlight exec "$id" -- node -e 'console.log(42)'
  pilotlight acquire python --env STAGE=test --file data.csv:in/data.csv
  pilotlight acquire nextjs --network egress
  pilotlight acquire --ttl 60 --json`;

export function addAcquire(program: Command): void {
  const { leaseTtlSeconds: ttl, leaseMemoryMb: memory } = limits;
  program
    .command('acquire')
    .description('Lease a sandbox; prints its id')
    .argument('[template]', 'template or language', 'generic')
    .option('-u, --user <id>', 'on whose behalf', userInfo().username)
    .option('--version <selector>', 'version of its language: 3.11, ">=3.10 <4", …')
    .option('--ttl <seconds>', 'most that the lease may last', wholeNumber(ttl.min, ttl.max))
    .option('--idle <seconds>', 'end it after so long without a call', wholeNumber(1, ttl.max))
    .option('-m, --memory <mb>', 'memory limit', wholeNumber(memory.min, memory.max))
    .option('-e, --env <name=value>', 'for every command in it; may be repeated', namedValue)
    .option(
      '--file <local[:path]>',
      'a file for its /workspace, there under its own name or that path; may be repeated',
      (text: string, before: string[] = []) => [...before, text],
    )
    .addOption(new Option('--network <mode>', 'what it may reach').choices(networkModes))
    .option('--key <text>', 'idempotency key: the same key is the same lease')
    .option('--json', 'print the lease, its token included, as one JSON object')
    .addHelpText('after', help)
    .action(async (template: string, _, command: Command) => {
      await acquire(template, command.optsWithGlobals());
    });
}

async function acquire(template: string, options: AcquireOptions): Promise<void> {
  const { user, version, ttl, idle, memory, key, env, network } = options;
  const files = await Promise.all((options.file ?? []).map(leaseFile));
  await withSession(options, async ({ client, dataDir }) => {
    const { lease } = await client.acquire({
      template,
      userId: user,
      ...(version !== undefined && { version }),
      ...(ttl !== undefined && { ttlSeconds: ttl }),
      ...(idle !== undefined && { idleTimeoutSeconds: idle }),
      ...(memory !== undefined && { limits: { memoryMb: memory } }),
      ...(key !== undefined && { idempotencyKey: key }),
      ...(env && { env }),
      ...(files.length > 0 && { files }),
      ...(network && { network }),
    });
    rememberLease(dataDir, lease);
    if (options.json) {
      const { Lease } = await import('@pilotlight/contracts');
      return printJson(Lease.toJSON(lease));
    }
    printLine(lease.sandboxId);
    if (!process.stdout.isTTY) return;
    const { fromWarmPool, acquisitionMs, phases } = lease;
    note(`Acquired in ${milliseconds(acquisitionMs)}. Its start took:`);
    note(phasesTable([{ what: template, fromWarmPool, waitedMs: acquisitionMs, phases }]));
  });
}
