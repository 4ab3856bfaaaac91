// Where the feed's events come from: three streams of the bus, and the pool-manager once a second.
import {
  Alert,
  ExecutionResult,
  fromJsonBytes,
  mayAccess,
  Pool,
  type Principal,
  SandboxEvent,
  type StreamName,
  type SubjectFilter,
  subjectFilter,
} from '@pilotlight/contracts';
import { pause } from '@pilotlight/lifecycle';
import type { FeedItem, FeedSource } from '../app/live-feed.ts';
import type { Gateway } from './gateway.ts';
import { resultJson } from './result-json.ts';

const pollEveryMs = 1_000;

type Deps = Pick<Gateway, 'bus' | 'clock' | 'platform'>;

export function feedSources(deps: Deps): readonly FeedSource[] {
  const { bus } = deps;
  const following =
    (stream: StreamName, filter: SubjectFilter, item: (data: Uint8Array) => FeedItem): FeedSource =>
    async (emit, signal) => {
      for await (const { data } of bus.follow(stream, filter, 'new', signal)) emit(item(data));
    };
  return [
    following('EXEC_RESULTS', subjectFilter('executionResult'), executionItem),
    following('SANDBOX_EVENTS', subjectFilter('sandboxEvent'), sandboxItem),
    following('ALERTS', subjectFilter('alert'), alertItem),
    poolsSource(deps),
  ];
}

function executionItem(data: Uint8Array): FeedItem {
  const result = fromJsonBytes(ExecutionResult, data);
  const { stdout: _out, stderr: _err, compile, ...rest } = resultJson(result);
  const compiled = compile && { ...compile, stdout: undefined, stderr: undefined };
  const text = JSON.stringify({ ...rest, compile: compiled });
  return { event: 'execution', text, isFor: (who) => mayAccess(who, result.userId) };
}

function sandboxItem(data: Uint8Array): FeedItem {
  const event = fromJsonBytes(SandboxEvent, data);
  const text = JSON.stringify(SandboxEvent.toJSON(event));
  // Stock belongs to nobody, so to none of the projects.
  return { event: 'sandbox', text, isFor: (who) => mayAccess(who, event.userId) };
}

function alertItem(data: Uint8Array): FeedItem {
  const text = JSON.stringify(Alert.toJSON(fromJsonBytes(Alert, data)));
  return { event: 'alert', text, isFor: isAdmin };
}

function poolsSource({ clock, platform }: Deps): FeedSource {
  return async (emit, signal, caller) => {
    let last = '';
    while (!signal.aborted) {
      const principal = caller();
      if (principal !== undefined) {
        const call = { principal, signal, timeoutMs: 5_000 };
        const { pools } = await platform.pools.listPools({}, call);
        const lists = { problems: [], versions: [], preparing: [] };
        const json = pools.map((pool) => ({ ...lists, ...(Pool.toJSON(pool) as object) }));
        const text = JSON.stringify({ pools: json });
        if (text !== last) emit({ event: 'pools', text, isFor: () => true, isState: true });
        last = text;
      }
      await pause(clock, pollEveryMs, signal);
    }
  };
}

function isAdmin({ role }: Principal): boolean {
  return role === 'admin';
}
