// Every process is killed at once, as when a machine fails, and the platform is started again.
import { randomUUID } from 'node:crypto';
import { startPlatform } from '@pilotlight/cli/platform';
import { connect } from '@pilotlight/client';
import { describe, expect, it } from 'vitest';
import { defaultTemplates, usePlatform } from './fixture.ts';
import { inParallel } from './in-parallel.ts';
import { useResultLog } from './result-log.ts';

const accepted = 100;

describe('a platform that was killed as a whole and started again', () => {
  const ids = Array.from({ length: accepted }, () => randomUUID());

  const under = usePlatform({
    async prepare(dataDir) {
      const doomed = await startPlatform({ dataDir, templates: defaultTemplates });
      const { apiKey, grpc, nats } = doomed.endpoints;
      const client = await connect({ address: grpc, apiKey, nats });
      await inParallel(ids, 25, (id) =>
        client.nats.publish({ id, language: 'sh', code: `echo ${id}`, userId: 'ann' }),
      );
      await client.nats.result(ids[0] ?? '');
      doomed.kill();
      await Promise.all([doomed.stop(), client.close()]);
    },
  });
  const results = useResultLog(under);

  it('gives one result to each request that it had accepted', async () => {
    const found = await results.all(ids);
    for (const [id, { status, stdout }] of found) {
      expect(status).toBe('completed');
      expect(Buffer.from(stdout?.data ?? []).toString()).toBe(`${id}\n`);
    }
    await results.expectOneEach(ids);
  });
});
