// What operators and tools rely on: health, reflection, probes, metrics, authentication, drain.
import { randomUUID } from 'node:crypto';
import type { PlatformEvent } from '@pilotlight/cli/platform';
import { fromJsonBytes, NodeServiceDefinition, NodeStatus } from '@pilotlight/contracts';
import { connectRpc } from '@pilotlight/rpc';
import { describe, expect, it } from 'vitest';
import { refusalOf } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

/** Messages as bytes: these tests ask as somebody without the contracts would. */
const raw = {
  encode: (message: Uint8Array) => ({ finish: () => message }),
  decode: (bytes: Uint8Array) => bytes,
  fromPartial: (message: Uint8Array) => message,
};
const method = (name: string, stream: boolean) =>
  ({
    name,
    requestType: raw,
    requestStream: stream,
    responseType: raw,
    responseStream: stream,
  }) as const;
const health = {
  fullName: 'grpc.health.v1.Health',
  methods: { check: { ...method('Check', false), requestStream: false, responseStream: false } },
} as const;
const reflection = (version: string) =>
  ({
    fullName: `grpc.reflection.${version}.ServerReflection`,
    methods: {
      ask: {
        ...method('ServerReflectionInfo', true),
        ...({ requestStream: true, responseStream: true } as const),
      },
    },
  }) as const;

/** Of the executor every call needs it, those of probes and tools too. */
const nodeToken = randomUUID();

const serving = Buffer.from([0x08, 1]);
const listServices = Buffer.from([0x3a, 0]);

const servers = {
  scheduler: ['pilotlight.v1.SandboxService', 'pilotlight.v1.ExecutionService'],
  'pool-manager': ['pilotlight.v1.PoolService'],
  executor: ['pilotlight.v1.NodeService'],
} as const;
type Server = keyof typeof servers;
const serverNames = ['scheduler', 'pool-manager', 'executor'] as const satisfies Server[];
const processes = ['stats-recorder', 'metrics-collector', ...serverNames, 'gateway'];
const restarted = ['metrics-collector', 'stats-recorder', 'pool-manager', 'scheduler', 'executor'];

describe('the platform', () => {
  const events: PlatformEvent[] = [];
  const env = { PILOTLIGHT_NODE_TOKEN: nodeToken };
  const under = usePlatform({
    driver: 'oci',
    env: { executor: env, scheduler: env },
    onEvent: (event) => void events.push(event),
  });

  const optionsFor = async (server: Server) => ({
    address: await addressOf(server),
    ...(server === 'executor' && { token: nodeToken }),
  });

  async function addressOf(server: Server): Promise<string> {
    const { grpc, pools } = under.platform.endpoints;
    if (server === 'scheduler') return grpc;
    if (server === 'pool-manager') return pools;
    const entry = await (await under.bus.bucket('nodes')).get(under.node);
    return fromJsonBytes(NodeStatus, entry?.value ?? new Uint8Array()).address;
  }

  const ops = async (name: string, path: string) => {
    const response = await fetch(`http://${under.platform.endpoints.ops[name]}${path}`);
    return { status: response.status, body: await response.text() };
  };

  it.each(serverNames)('checks health on the %s', async (server) => {
    const { client, close } = connectRpc(health, await optionsFor(server));
    expect(Buffer.from(await client.check(Buffer.alloc(0)))).toEqual(serving);
    close();
  });

  it.each(
    serverNames.flatMap((server) => ['v1', 'v1alpha'].map((version) => [server, version] as const)),
  )('describes the services of the %s by reflection %s', async (server, version) => {
    const { client, close } = connectRpc(reflection(version), await optionsFor(server));
    const ask = async (question: Uint8Array) => {
      const questions = (async function* () {
        yield question;
      })();
      for await (const answer of client.ask(questions))
        return Buffer.from(answer).toString('latin1');
      return '';
    };
    const listed = await ask(listServices);
    for (const service of [...servers[server], 'grpc.health.v1.Health']) {
      expect(listed).toContain(service);
      const symbol = Buffer.from(service);
      const described = await ask(Buffer.concat([Buffer.from([0x22, symbol.length]), symbol]));
      expect(described).toContain(service.split('.').at(-1));
    }
    close();
  });

  it.each([undefined, '', 'wrong'])(
    'drives containers for nobody with the token %s',
    async (token) => {
      const options = {
        address: await addressOf('executor'),
        ...(token !== undefined && { token }),
      };
      const { client, close } = connectRpc(NodeServiceDefinition, options);
      const refusals = await Promise.all([
        refusalOf(client.listSandboxes({})),
        refusalOf(client.listRuns({})),
        refusalOf(client.leaseSandbox({ template: 'shell', userId: 'eve', requestId: 'x' })),
        refusalOf(client.releaseSandbox({ sandboxId: 'x', token: 'x' })),
      ]);
      expect(refusals.map(({ code }) => code)).toEqual(refusals.map(() => 'unauthenticated'));
      close();
    },
  );

  it.each(processes)('shows probes and metrics of the %s', async (name) => {
    expect((await ops(name, '/livez')).status).toBe(200);
    expect((await ops(name, '/readyz')).status).toBe(200);
    const { status, body } = await ops(name, '/metrics');
    expect(status).toBe(200);
    expect(body).toMatch(/^# HELP \w+ .+$/m);
    expect(body).not.toContain(under.platform.endpoints.nats.password);
    expect((await ops(name, '/nothing')).status).toBe(404);
  });

  it.each(restarted)('drains the %s on SIGTERM, which exits 0 and comes back', async (name) => {
    events.length = 0;
    under.platform.signal(name, 'SIGTERM');
    const exit = await until(`${name} ended`, () =>
      events.find((event) => event.kind === 'crashed' && event.name === name),
    );
    expect(exit).toMatchObject({ reason: 'exit code 0' });
    await under.platform.ready(name);
    const outcome = await until('code runs again', () =>
      under.client.run({ language: 'sh', code: 'echo on', userId: 'ann' }).catch(() => undefined),
    );
    expect(outcome).toMatchObject({ status: 'completed', stdout: 'on\n' });
  });

  it('lets what runs end before a drained executor exits', async () => {
    const begun = Promise.withResolvers<void>();
    const code = 'echo begun; sleep 1; echo ended';
    const run = under.client.run(
      { language: 'sh', code, userId: 'ann' },
      { onStdout: () => begun.resolve() },
    );
    await Promise.race([begun.promise, run]);
    under.platform.signal('executor', 'SIGTERM');
    const { result, ...outcome } = await run;
    expect(outcome).toMatchObject({ status: 'completed', stdout: 'begun\nended\n' });
    expect(result.attempt).toBe(1);
    await under.platform.ready('executor');
  });
});
