// A crowd at once: many more acquires than there is stock, each of which runs a command. A refusal
// is a failure.
import { type Stack, withStack } from '../stack.ts';
import { hundredths, percentiles, say } from '../statistics.ts';

const beyondStock = 100;

export async function burst() {
  return withStack({}, async (stack) => {
    await stack.poolIsFull('python');
    const pool = (await stack.pilotlight.pools()).find((it) => it.template === 'python');
    const size = beyondStock + (pool?.available ?? 0);
    say(`${size} acquires at once, ${beyondStock} more than there are warm sandboxes …`);
    const startedAt = performance.now();
    const holders = Array.from({ length: size }, (_, index) => holdSandbox(stack, index));
    const sentMs = performance.now() - startedAt;
    const outcomes = await Promise.allSettled(holders);
    const waits = outcomes.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    const refused = outcomes.filter((it) => it.status === 'rejected');
    for (const { reason } of refused.slice(0, 3)) say(`  refused: ${reason}`);
    await stack.poolIsFull('python');
    return {
      size,
      sent_within_ms: hundredths(sentMs),
      failures: refused.length,
      p50_ms: percentiles(waits).p50,
      p99_ms: percentiles(waits).p99,
      pool_recovered_ms: hundredths(performance.now() - startedAt),
    };
  });
}

/** Resolves with what its user waited until the command had answered. */
async function holdSandbox({ pilotlight }: Stack, index: number): Promise<number> {
  const startedAt = performance.now();
  const sandbox = await pilotlight.acquire({ template: 'python', userId: `user-${index % 10}` });
  try {
    const { exitCode, stdout, stderr } = await sandbox.exec(['echo', `${index}`]);
    if (exitCode !== 0 || stdout !== `${index}\n`) {
      throw new Error(`The command ended with ${exitCode}: ${stdout}${stderr}`);
    }
    return performance.now() - startedAt;
  } finally {
    await sandbox.release();
  }
}
