// Many WebSockets on a few running executions: whether each gets every line once and in order, and what
// one of them costs the gateway in memory.
import { once } from 'node:events';
import { usageOf } from '../processes.ts';
import type { Stack } from '../stack.ts';
import { hundredths, say } from '../statistics.ts';
import type { GatewayClient } from './gateway-client.ts';

/** The first thousand also pays for what the gateway then has for good: compiled code, a larger heap. */
const waves = 2;
const perWave = 1_000;
/** Run at once on two cores without waiting for each other. */
const executions = 4;
const lines = 60;
/** Opened at a time, so that no queue of connections overflows. */
const openAtOnce = 50;

/** Says nothing until everybody watches, then a line each 100 ms: 20,000 frames a second in all. */
const program = `
import time
time.sleep(15)
for line in range(${lines}):
    print(line, flush=True)
    time.sleep(0.1)
`;

export async function measureWatchers(stack: Stack, client: GatewayClient) {
  const gateway = stack.platform.pids().get('gateway') ?? 0;
  const memoryMb = () => usageOf(gateway)?.pssMb ?? 0;
  say(`${waves} times ${perWave} watchers of ${executions} executions …`);
  const ids = await Promise.all(
    Array.from({ length: executions }, () => client.submit(program, 30)),
  );
  const watchers: Watcher[] = [];
  const memory = [memoryMb()];
  for (let wave = 0; wave < waves; wave += 1) {
    for (let opened = 0; opened < perWave; opened += openAtOnce) {
      watchers.push(...(await openSome(client, ids)));
    }
    memory.push(memoryMb());
  }
  const peakMb = samplePeak(memoryMb);
  const seen = await Promise.all(watchers.map(({ completed }) => completed));
  const wanted = Array.from({ length: lines }, (_, line) => `${line}\n`).join('');
  const [alone = 0, first = 0] = memory;
  const peak = peakMb();
  return {
    count: watchers.length,
    executions,
    lost: seen.filter((text) => text !== wanted).length,
    /** Of the second thousand, at its most while everything is written to everybody. */
    kb_each: kilobytesEach(peak - first, watchers.length - perWave),
    kb_each_of_all: kilobytesEach(peak - alone, watchers.length),
  };
}

function kilobytesEach(megabytes: number, count: number): number {
  return hundredths((megabytes * 1_024) / count);
}

async function openSome(client: GatewayClient, ids: readonly string[]): Promise<Watcher[]> {
  const opening = Array.from({ length: openAtOnce }, (_, index) =>
    watch(client, ids[index % ids.length] ?? ''),
  );
  await Promise.all(opening.map(({ opened }) => opened));
  return opening;
}

/** Stops at the call, and answers with the most that it saw. */
function samplePeak(measure: () => number): () => number {
  let peak = measure();
  const sampling = setInterval(() => {
    peak = Math.max(peak, measure());
  }, 100);
  return () => {
    clearInterval(sampling);
    return peak;
  };
}

interface Watcher {
  readonly opened: Promise<unknown>;
  /** With everything that was written. */
  readonly completed: Promise<string>;
}

function watch(client: GatewayClient, id: string): Watcher {
  const completed = Promise.withResolvers<string>();
  let text = '';
  let isComplete = false;
  const socket = client.watch(id, (frame) => {
    if (frame.type === 'output') text += frame.data ?? '';
    if (frame.type === 'complete') isComplete = true;
  });
  socket.on('close', (code) => completed.resolve(isComplete ? text : `closed with ${code}`));
  return { opened: once(socket, 'open'), completed: completed.promise };
}
