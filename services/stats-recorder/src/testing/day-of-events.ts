// A day in the life of a platform as the messages it leaves behind: the same for the same seed.
import {
  ExecutionResult,
  SandboxEvent,
  type StopReason,
  type Subject,
  stopReasons,
  subject,
  type TerminalStatus,
  toJsonBytes,
} from '@pilotlight/contracts';

/** To be published in this order. */
export interface DayMessage {
  readonly stream: 'SANDBOX_EVENTS' | 'EXEC_RESULTS';
  readonly subject: Subject;
  readonly data: Uint8Array;
}

export interface DayOptions {
  readonly seed: number;
  /** Requests for a sandbox, spread over the day. */
  readonly requests: number;
  /** Of the steps, those that become rows: leases and ends. Else every step of each start as well. */
  readonly onlyRows: boolean;
  /** What a later version or a broken publisher would send, here and there. */
  readonly oddities: boolean;
}

interface Timed extends DayMessage {
  readonly atMs: number;
}

const dayStart = Date.parse('2026-03-04T00:00:00Z');
const dayMs = 24 * 3_600_000;
const templates = ['python', 'javascript', 'java', 'go', 'cpp', 'rust'] as const;
const nodes = ['n1', 'n2', 'n3'] as const;
const statuses: readonly TerminalStatus[] = [
  'completed',
  'completed',
  'completed',
  'completed',
  'failed',
  'timeout',
  'out_of_memory',
  'compile_error',
];
const steps = ['requested', 'creating', 'starting', 'ready'] as const;

export function dayOfEvents(options: DayOptions): DayMessage[] {
  const day = new Day(options);
  for (let index = 0; index < options.requests; index += 1) day.request(index);
  return day.messages.toSorted((a, b) => a.atMs - b.atMs);
}

/** A seeded generator (mulberry32): numbers from 0 up to 1. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class Day {
  readonly messages: Timed[] = [];
  readonly #options: DayOptions;
  readonly #random: () => number;
  #serial = 0;

  constructor(options: DayOptions) {
    this.#options = options;
    this.#random = randomNumbers(options.seed);
  }

  /** One request to its end, and now and then stock that nobody asked for. */
  request(index: number): void {
    const receivedMs =
      dayStart + Math.floor(((index + this.#random()) / this.#options.requests) * dayMs);
    const isRun = this.#chance(0.7);
    const asked = {
      requestId: this.#uuid(),
      userId: this.#chance(0.1) ? '' : `user-${Math.floor(this.#random() ** 2 * 40)}`,
      s3Bucket: isRun ? '' : this.#one(['books', 'notebooks', '']),
      requestReceivedAt: new Date(receivedMs),
      traceparent: `00-${this.#hex(32)}-${this.#hex(16)}-01`,
      executionId: isRun ? `x-${this.#hex(12)}` : '',
    };
    const template = this.#one(templates);
    let fromMs = receivedMs;
    if (this.#chance(0.03)) fromMs = this.#failedStart(template, asked, fromMs);
    if (this.#chance(0.01)) return;
    if (this.#chance(0.01)) fromMs = this.#lostAttempt(template, asked, fromMs);
    this.#served(template, asked, fromMs);
    if (this.#chance(0.15)) this.#evicted(template, receivedMs);
  }

  #served(template: string, asked: Asked, fromMs: number): void {
    const lease = this.#lease(template, asked, fromMs);
    const availableMs = lease.availableAt.getTime();
    const isRun = asked.executionId !== '';
    const activeMs = Math.floor(isRun ? 5 + this.#random() * 3_000 : this.#random() * 3_600_000);
    const status = isRun ? this.#one(statuses) : '';
    const stopReason: StopReason = isRun ? 'completed' : this.#one(stopReasons);
    // A clock that was set back: the end lies before the beginning.
    const stoppedMs = availableMs + (this.#chance(0.005) ? -activeMs : activeMs);
    const stopped = {
      ...lease,
      stoppedAt: new Date(stoppedMs),
      stopReason,
      executionStatus: status,
    };
    this.#emit('leased', availableMs, lease);
    this.#emit('stopped', availableMs + activeMs, stopped);
    if (isRun) this.#result(lease, status, availableMs + activeMs, activeMs);
  }

  #failedStart(template: string, asked: Asked, fromMs: number): number {
    const start = this.#start(template, fromMs, true);
    const failedMs = fromMs + 500;
    const { readyAt: _, ...unready } = start;
    const end = {
      stoppedAt: new Date(failedMs),
      stopReason: 'error',
      detail: 'the probe never answered',
    };
    this.#emit('failed', failedMs, { ...unready, ...asked, ...end });
    return failedMs;
  }

  /** Its node died with it: nobody tells of the end. */
  #lostAttempt(template: string, asked: Asked, fromMs: number): number {
    const lease = this.#lease(template, asked, fromMs);
    this.#emit('leased', lease.availableAt.getTime(), lease);
    return fromMs + 5_000;
  }

  #evicted(template: string, atMs: number): void {
    const start = this.#start(template, atMs - 600_000, false);
    const end = { stoppedAt: new Date(atMs), stopReason: this.#one(['evicted', 'expired']) };
    this.#emit('stopped', atMs, { ...start, ...end });
  }

  #lease(template: string, asked: Asked, fromMs: number) {
    const fromWarmPool = this.#chance(0.85);
    const start = this.#start(template, fromWarmPool ? fromMs - 60_000 : fromMs, !fromWarmPool);
    const acquisitionMs = fromWarmPool ? 1 + this.#random() * 4 : start.phases.totalMs + 2;
    const availableAt = new Date(fromMs + Math.ceil(acquisitionMs));
    return { ...start, ...asked, fromWarmPool, acquisitionMs, availableAt };
  }

  #start(template: string, orderedMs: number, isCold: boolean) {
    this.#serial += 1;
    const node = this.#one(nodes);
    const sandboxId = `sb_${node}_i1_${this.#serial.toString(36)}`;
    const spent = [isCold ? 3 : 0.5, 0, 12, 5, 20].map((ms) =>
      hundredths(ms * (0.5 + this.#random())),
    );
    const [
      schedulingMs = 0,
      imagePullMs = 0,
      containerCreateMs = 0,
      processStartMs = 0,
      appInitMs = 0,
    ] = spent;
    const sums = spent.map((_, index) => spent.slice(0, index + 1).reduce((a, b) => a + b, 0));
    const [created, pulled, made, begun, ready] = sums.map(
      (ms) => new Date(orderedMs + Math.ceil(ms)),
    );
    const totalMs = hundredths(sums.at(-1) ?? 0);
    const phases = {
      schedulingMs,
      imagePullMs,
      containerCreateMs,
      processStartMs,
      appInitMs,
      totalMs,
    };
    const start = {
      ...{ sandboxId, template, node, incarnation: 'i1', language: template },
      ...{ orderedAt: new Date(orderedMs), sandboxCreatedAt: created, imageReadyAt: pulled },
      ...{ containerCreatedAt: made, processStartedAt: begun, readyAt: ready, phases },
      ...{ templateRevision: orderedMs < dayStart + dayMs / 2 ? '0a1b2c3d4e5f' : '5f4e3d2c1b0a' },
      platformVersion: '0.1.0',
    };
    if (!this.#options.onlyRows) {
      for (const step of steps) this.#emit(step, orderedMs, start);
    }
    return start;
  }

  #result(lease: SandboxChanges & Asked, status: string, atMs: number, tookMs: number): void {
    const stdout = Buffer.from(
      `${lease.executionId}\n`.repeat(1 + Math.floor(this.#random() * 20)),
    );
    const result = ExecutionResult.create({
      executionId: lease.executionId,
      status,
      exitCode: status === 'completed' ? 0 : -1,
      stdout: { data: stdout, totalBytes: stdout.length, truncated: false },
      executionTimeMs: tookMs,
      cpuTimeMs: tookMs / 2,
      memoryUsedBytes: Math.floor(this.#random() * 100_000_000),
      attempt: 1,
      sandboxId: lease.sandboxId,
      node: lease.node,
      fromWarmPool: lease.fromWarmPool ?? false,
      language: lease.language,
      userId: lease.userId,
      priority: this.#one(['high', 'normal', 'low']),
      queuedAt: lease.requestReceivedAt,
      startedAt: lease.availableAt,
      finishedAt: new Date(atMs),
    });
    this.messages.push({
      atMs,
      stream: 'EXEC_RESULTS',
      subject: subject('executionResult', { id: lease.executionId }),
      data: toJsonBytes(ExecutionResult, result),
    });
  }

  #emit(type: string, atMs: number, changes: SandboxChanges): void {
    const eventId = `${changes.sandboxId}-${type}`;
    const event = SandboxEvent.create({ ...changes, eventId, type, at: new Date(atMs) });
    const json = SandboxEvent.toJSON(event) as Record<string, unknown>;
    if (this.#options.oddities) {
      if (this.#chance(0.01))
        this.#push(atMs, 'migrated', event, { ...json, type: 'migrated', to: 'n9' });
      if (this.#chance(0.01)) json['cost_center'] = `cc-${Math.floor(this.#random() * 10)}`;
      if (this.#chance(0.002))
        this.#push(atMs, 'leased', event, { type: 'leased', at: 'whenever' });
    }
    this.#push(atMs, type, event, json);
  }

  #push(atMs: number, type: string, { template }: SandboxEvent, json: object): void {
    this.messages.push({
      atMs,
      stream: 'SANDBOX_EVENTS',
      subject: `sandbox.event.${type}.${template}` as Subject,
      data: Buffer.from(JSON.stringify(json)),
    });
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #one<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }

  #hex(digits: number): string {
    return Array.from({ length: digits }, () => Math.floor(this.#random() * 16).toString(16)).join(
      '',
    );
  }

  #uuid(): string {
    return `${this.#hex(8)}-${this.#hex(4)}-4${this.#hex(3)}-8${this.#hex(3)}-${this.#hex(12)}`;
  }
}

type SandboxChanges = Parameters<typeof SandboxEvent.create>[0] & {
  readonly sandboxId: string;
  readonly node: string;
  readonly language: string;
  readonly availableAt?: Date;
  readonly fromWarmPool?: boolean;
};

interface Asked {
  readonly requestId: string;
  readonly userId: string;
  readonly s3Bucket: string;
  readonly requestReceivedAt: Date;
  readonly traceparent: string;
  readonly executionId: string;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
