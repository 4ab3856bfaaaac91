// pilotlight acquire: leases a sandbox and remembers its token.
import { userInfo } from 'node:os';
import { limits } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { phasesTable } from '../format/phases.ts';
import { milliseconds } from '../format/quantities.ts';
import { rememberLease } from '../leases.ts';
import { wholeNumber } from '../numbers.ts';
import { type CommonOptions, note, printJson, printLine, withSession } from '../session.ts';

interface AcquireOptions extends CommonOptions {
  readonly user: string;
  readonly ttl?: number;
  readonly idle?: number;
  readonly memory?: number;
  readonly key?: string;
}

const help = `
Examples:
  pilotlight acquire python
  id=$(pilotlight acquire javascript) && pilotlight exec "$id" -- node -e 'console.log(42)'
  pilotlight acquire --ttl 60 --json`;

export function addAcquire(program: Command): void {
  const { leaseTtlSeconds: ttl, memoryMb: memory } = limits;
  program
    .command('acquire')
    .description('Lease a sandbox; prints its id')
    .argument('[template]', 'template or language', 'generic')
    .option('-u, --user <id>', 'on whose behalf', userInfo().username)
    .option('--ttl <seconds>', 'most that the lease may last', wholeNumber(ttl.min, ttl.max))
    .option('--idle <seconds>', 'end it after so long without a call', wholeNumber(1, ttl.max))
    .option('-m, --memory <mb>', 'memory limit', wholeNumber(memory.min, memory.max))
    .option('--key <text>', 'idempotency key: the same key is the same lease')
    .option('--json', 'print the lease, its token included, as one JSON object')
    .addHelpText('after', help)
    .action(async (template: string, _, command: Command) => {
      await acquire(template, command.optsWithGlobals());
    });
}

async function acquire(template: string, options: AcquireOptions): Promise<void> {
  const { user, ttl, idle, memory, key } = options;
  await withSession(options, async ({ client, dataDir }) => {
    const { lease } = await client.acquire({
      template,
      userId: user,
      ...(ttl !== undefined && { ttlSeconds: ttl }),
      ...(idle !== undefined && { idleTimeoutSeconds: idle }),
      ...(memory !== undefined && { limits: { memoryMb: memory } }),
      ...(key !== undefined && { idempotencyKey: key }),
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
