// Real code in real sandboxes, once over gRPC and twice over NATS: what a user sees first, and
// what `up --once` is judged by.
import type { Pilotlight } from '@pilotlight/client';
import { PlatformError } from '@pilotlight/contracts';
import type { StartRow } from '../format/phases.ts';
import { milliseconds } from '../format/quantities.ts';

const userId = 'demonstration';

/** A program whose output is known beforehand. */
interface Sample {
  /** Of the template of the same name. */
  readonly language: string;
  readonly code: string;
  readonly says: string;
}

const samples: readonly Sample[] = [
  {
    language: 'python',
    code: 'import sys\nfor n in range(1, 4):\n    print(n, "squared is", n * n, flush=True)\n',
    says: '1 squared is 1\n2 squared is 4\n3 squared is 9\n',
  },
  {
    language: 'javascript',
    code: 'for (const word of ["warm", "leased", "gone"]) console.log(word);\n',
    says: 'warm\nleased\ngone\n',
  },
];

/** What the platform's pools have of it. Tells each step as it happens; rejects where one did not do what it should. */
export async function demonstrate(
  client: Pilotlight,
  say: (line: string) => void,
): Promise<readonly StartRow[]> {
  const pools = (await client.pools()).filter(({ unavailable }) => !unavailable);
  const templates = pools.map(({ template }) => template);
  const rows: StartRow[] = [];
  const leased = templates.includes('python') ? 'python' : templates[0];
  if (leased !== undefined) rows.push(await leaseAndUse(client, leased, say));
  for (const sample of samples) {
    if (templates.includes(sample.language)) rows.push(await publishAndFollow(client, sample, say));
  }
  return rows;
}

async function leaseAndUse(
  client: Pilotlight,
  template: string,
  say: (line: string) => void,
): Promise<StartRow> {
  const { lease, ...sandbox } = await client.acquire({ template, userId });
  const { fromWarmPool, acquisitionMs, phases } = lease;
  say(`gRPC  acquired ${sandbox.id} in ${milliseconds(acquisitionMs)}`);
  const argv = ['sh', '-c', 'echo "Hello from $(uname -s), as user $(id -u)"'];
  const { exitCode, stdout, stderr } = await sandbox.exec(argv);
  for (const line of stdout.trimEnd().split('\n')) say(`      | ${line}`);
  await sandbox.release();
  expect(exitCode === 0 && stdout.startsWith('Hello from'), 'The command', stdout + stderr);
  say('      released');
  return { what: 'acquire', fromWarmPool, waitedMs: acquisitionMs, phases };
}

async function publishAndFollow(
  client: Pilotlight,
  sample: Sample,
  say: (line: string) => void,
): Promise<StartRow> {
  const { language, code, says } = sample;
  const { id } = await client.nats.publish({ language, code, userId });
  say(`NATS  published ${language} run ${id}`);
  const { status, stdout, stderr, result } = await client.nats.follow(id, {
    onStdout: (piece) => {
      for (const line of Buffer.from(piece).toString('utf8').trimEnd().split('\n')) {
        say(`      | ${line}`);
      }
    },
  });
  expect(status === 'completed' && stdout === says, `The ${language} run`, `${status} ${stderr}`);
  say(`      ${status} in ${milliseconds(result.executionTimeMs)}`);
  const { queuedAt, startedAt, fromWarmPool, phases } = result;
  const waitedMs = queuedAt && startedAt && startedAt.getTime() - queuedAt.getTime();
  return { what: `${language} run`, fromWarmPool, waitedMs, phases };
}

function expect(asItShould: boolean, what: string, seen: string): void {
  if (asItShould) return;
  throw new PlatformError('internal', `${what} did not do what it should: ${seen.trim()}`);
}
