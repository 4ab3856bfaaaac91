// Sandboxes that serve: each application answers HTTP from a client outside of its sandbox, and its
// health is watched for as long as it lives.

import type { LeasedSandbox } from '@pilotlight/client';
import { fromJsonBytes, SandboxEvent, subjectFilter } from '@pilotlight/contracts';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusalOf } from './behaviour-fixture.ts';
import { useDrivers } from './drivers.ts';
import { usePlatform } from './fixture.ts';
import { useTemplates } from './sample-templates.ts';
import { until } from './until.ts';

const port = 3_000;
/** Time to install and build what is not in this machine's cache yet. */
const preparationMs = 300_000;

/** An address of each, and what is there. */
const applications = [
  ['generic', '/', /<title>\/<\/title>/],
  ['static', '/', /<h1>Hello<\/h1>/],
  ['react-vite', '/src/App.tsx', /Hello from React/],
  ['nextjs', '/', /Hello from Next\.js/],
  ['flask', '/api/notes', /Hello from Flask/],
  ['python-fastapi', '/api/notes', /Hello from FastAPI/],
  ['fullstack', '/api/notes', /Hello from Fastify/],
] as const;
const names = applications.map(([name]) => name);

const drivers = await useDrivers(names);

describe.each(drivers)('an application on $name', ({ name: driver, platform }) => {
  const under = usePlatform({ ...platform, templates: names });
  const acquire = (template: string) => under.client.acquire({ template, userId: 'ann' });
  const read = async (sandbox: LeasedSandbox, path: string) => {
    const answer = await sandbox.fetch(port, path);
    return { status: answer.status, text: await answer.text() };
  };

  beforeAll(async () => {
    await until(
      'every template is prepared',
      async () => {
        const pools = await under.client.pools();
        const broken = pools.filter(({ unavailable }) => unavailable);
        if (broken.length > 0) throw new Error(broken.flatMap(({ problems }) => problems).join());
        return pools.length === names.length && pools.every((pool) => pool.preparing.length === 0);
      },
      preparationMs,
    );
  }, preparationMs);

  it.each(applications)('%s answers at %s', async (template, path, expected) => {
    await using sandbox = await acquire(template);
    expect(await read(sandbox, '/health')).toEqual({ status: 200, text: 'ok\n' });
    expect(await read(sandbox, path)).toEqual({
      status: 200,
      text: expect.stringMatching(expected),
    });
    expect(await sandbox.describe()).toMatchObject({ health: 'healthy', healthDetail: '' });
    const { phases, fromWarmPool } = sandbox.lease;
    expect(phases?.appInitMs).toBeGreaterThan(0);
    const [total, init] = [phases?.totalMs, phases?.appInitMs].map((ms) => Math.round(ms ?? 0));
    console.log(
      `${template} on ${driver}: start ${total} ms, of it app_init ${init} ms, warm ${fromWarmPool}`,
    );
  });

  it.each([
    ['generic', 'new.txt', '/new.txt', 'echo it changed >new.txt'],
    ['static', 'index.html', '/', 'sed -i s/Hello/changed/ index.html'],
    ['react-vite', 'src/App.tsx', '/src/App.tsx', 'sed -i "s/Hello/It changed,/" src/App.tsx'],
    ['nextjs', 'app/page.jsx', '/', 'sed -i "s/Hello/It changed,/" app/page.jsx'],
    ['flask', 'app.py', '/api/notes', 'sed -i "s/Hello/It changed,/" app.py'],
    ['python-fastapi', 'main.py', '/api/notes', 'sed -i "s/Hello/It changed,/" main.py'],
    ['fullstack', 'server/notes.ts', '/api/notes', 'sed -i "s/Hello/changed/" server/notes.ts'],
  ])('%s shows a change of %s', async (template, _, path, edit) => {
    await using sandbox = await acquire(template);
    expect(await sandbox.exec(['sh', '-c', edit])).toMatchObject({ exitCode: 0 });
    await until('the change is seen', async () => {
      // Its server may be starting anew at this moment.
      const answer = await read(sandbox, path).catch(() => undefined);
      return answer?.text.includes('changed');
    });
  });

  it.each([
    ['react-vite', 'src/App.tsx'],
    ['nextjs', 'app/page.jsx'],
    ['fullstack', 'server/api.ts'],
    ['flask', 'app.py'],
    ['python-fastapi', 'main.py'],
  ])('%s has a language server', async (template) => {
    const command = {
      python: ['python3', '-m', 'pylsp'],
      node: ['node', '/opt/pilotlight/node_modules/typescript/bin/tsc', '--lsp', '--stdio'],
    }[template === 'flask' || template === 'python-fastapi' ? 'python' : 'node'];
    await using sandbox = await acquire(template);
    const params = { processId: null, rootUri: 'file:///workspace', capabilities: {} };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
    const server = sandbox.start(command, { timeoutSeconds: 20 });
    server.stderr.resume();
    // Its input stays open: at the end of that it may leave without an answer.
    server.stdin.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    let said = '';
    for await (const piece of server.stdout.setEncoding('utf8')) {
      said += piece;
      if (/"capabilities":\s*\{/.test(said)) break;
    }
    server.signal('SIGKILL');
    expect(said).toMatch(/"capabilities":\s*\{/);
  });

  it('is told to be ill and well again while it is leased', async () => {
    await using sandbox = await acquire('generic');
    const signal = (name: string) =>
      sandbox.exec([
        'sh',
        '-c',
        `for p in /proc/[0-9]*; do grep -q serve[.]pl $p/cmdline && kill -${name} \${p#/proc/}; done 2>/dev/null; true`,
      ]);
    const healthIs = (health: string) =>
      until(`it is ${health}`, async () => {
        const described = await sandbox.describe();
        return described.health === health && described;
      });
    await signal('STOP');
    expect(await healthIs('unhealthy')).toMatchObject({
      state: 'leased',
      healthDetail: 'no answer within 2 s',
    });
    await signal('CONT');
    await healthIs('healthy');
    expect(await read(sandbox, '/health')).toMatchObject({ status: 200 });
    expect(await typesOf(sandbox.id, 'healthy')).toEqual(['unhealthy', 'healthy']);
  });

  /** What was told about the health of a sandbox, until an event of this type. */
  async function typesOf(sandboxId: string, last: string): Promise<string[]> {
    const stop = new AbortController();
    const filter = subjectFilter('sandboxEvent');
    const types: string[] = [];
    for await (const { data } of under.bus.follow('SANDBOX_EVENTS', filter, 'first', stop.signal)) {
      const event = fromJsonBytes(SandboxEvent, data);
      if (event.sandboxId !== sandboxId || !event.type.endsWith('healthy')) continue;
      types.push(event.type);
      if (event.type === last) stop.abort();
    }
    return types;
  }
});

const none = { min_size: 0, max_size: 1 };
/** A template of its own, whose runner is this script; JSON is YAML. */
const broken = (name: string, script: string, probe = {}) => ({
  'runner.sh': `${script}\n`,
  'template.yaml': JSON.stringify({
    ...{ name, description: name, image: 'none', toolchains: ['sh'], limits: {} },
    runner: { argv: ['sh', '/pilotlight/runner.sh'], files: ['runner.sh'] },
    probe: { port, ...probe },
    pool: { embedded: none, cluster: none },
  }),
});
const mute = 'echo "I listen to nobody" >&2; printf R; exec sleep 1000';

describe('an application that does not come up', () => {
  const folder = useTemplates([], {
    mute: broken('mute', mute, { failure_threshold: 2 }),
    mortal: broken('mortal', 'printf R; echo "no such module: everything" >&2; exit 3'),
    slow: broken('slow', mute),
  });
  const under = usePlatform({
    ...{ driver: 'oci', templates: ['mute', 'mortal', 'slow'] },
    env: { 'pool-manager': { PILOTLIGHT_TEMPLATES_DIR: folder } },
  });
  /** What an acquire is refused with, and after how long. */
  const refused = async (template: string) => {
    const begun = performance.now();
    const refusal = await refusalOf(under.client.acquire({ template, userId: 'ann' }));
    return { refusal, ms: performance.now() - begun };
  };
  const expectNothingLeft = (template: string) =>
    until('nothing of it is left', async () => {
      const living = await under.client.listSandboxes(template);
      return living.length === 0;
    });

  it.each([
    ['mute', /no good answer within 2 s: .*listens.*\. It wrote last:\nI listen to nobody/, 2_000],
    ['mortal', /it ended with exit code 3\. It wrote last:\nno such module: everything/, 0],
  ])(
    'fails as soon as its start has, with its last output, and leaves nothing: %s',
    async (template, said, startMs) => {
      const first = await refused(template);
      expect(first.refusal).toMatchObject({ code: 'unavailable' });
      expect(first.refusal.message).toMatch(said);
      expect(first.ms).toBeLessThan(startMs + 2_000 * slowness());
      const next = await refused(template);
      expect(next.refusal).toMatchObject({ code: 'unavailable', retry: { kind: 'after' } });
      expect(next.refusal.message).toMatch(said);
      expect(next.ms).toBeLessThan(500 * slowness());
      console.log(
        `${template}: told after ${first.ms.toFixed(0)} ms, then ${next.ms.toFixed(0)} ms`,
      );
      const pool = (await under.client.pools()).find((one) => one.template === template);
      expect(pool?.problems).toEqual([expect.stringMatching(said)]);
      await expectNothingLeft(template);
    },
  );

  it('is told with its last output where the wait ends before its start does', async () => {
    const { refusal, ms } = await refused('slow');
    expect(refusal.code).toMatch(/^(?:unavailable|resource_exhausted)$/);
    expect(refusal.message).toMatch(/It wrote last:\nI listen to nobody/);
    expect(ms).toBeGreaterThan(29_000);
    expect(ms).toBeLessThan(30_000 + 1_000 * slowness());
    await expectNothingLeft('slow');
  });
});
