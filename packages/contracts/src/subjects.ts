// The one table of subjects and the streams that keep them. Publishing, consuming, making the
// streams and docs/subjects.md all derive from it; nobody else builds a subject.
import { type Token, token } from './ids.ts';
import { outputRetentionMs, resultRetentionMs } from './limits.ts';
import {
  type AlertSeverity,
  alertSeverities,
  type Priority,
  priorities,
  type SandboxEventType,
  sandboxEventTypes,
} from './vocabulary.ts';

declare const brand: unique symbol;
/** A subject to publish on: no wildcards. */
export type Subject = string & { readonly [brand]: 'Subject' };
/** A subject or a pattern with wildcards, to read from. */
export type SubjectFilter = string & { readonly [brand]?: 'Subject' };

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const mebibyte = 1024 * 1024;

/** How one stream keeps its messages. Every stream is on disk and under limits, none a work queue. */
export interface StreamDefinition {
  readonly maxMessages?: number;
  readonly maxMessagesPerSubject?: number;
  readonly maxBytes: number;
  /** Undefined: until deleted. */
  readonly maxAgeMs?: number;
  /** What a full stream does: refuse the new message (`new`), or drop the oldest (`old`). */
  readonly discard: 'new' | 'old';
}

export const streams = {
  EXEC_PRIORITY: { maxMessages: 10_000, maxBytes: 256 * mebibyte, discard: 'new' },
  EXEC_STANDARD: { maxMessages: 50_000, maxBytes: 1024 * mebibyte, discard: 'new' },
  EXEC_OUTPUT: { maxBytes: 1024 * mebibyte, maxAgeMs: outputRetentionMs, discard: 'old' },
  EXEC_RESULTS: {
    maxMessagesPerSubject: 1,
    maxBytes: 512 * mebibyte,
    maxAgeMs: resultRetentionMs,
    discard: 'old',
  },
  EXEC_DEAD: { maxBytes: 128 * mebibyte, maxAgeMs: 7 * dayMs, discard: 'old' },
  SANDBOX_EVENTS: { maxBytes: 1024 * mebibyte, maxAgeMs: 14 * dayMs, discard: 'old' },
  TELEMETRY: { maxBytes: 1024 * mebibyte, maxAgeMs: 7 * dayMs, discard: 'new' },
  ALERTS: { maxBytes: 64 * mebibyte, maxAgeMs: 7 * dayMs, discard: 'old' },
} as const satisfies Record<string, StreamDefinition>;

export type StreamName = keyof typeof streams;

/** A row of the table. `tokens` lists a token's values where they form a closed set. */
interface SubjectRow {
  readonly pattern: string;
  readonly message: string;
  readonly publisher: string;
  readonly notes: string;
  readonly tokens: Readonly<Record<string, readonly string[]>>;
  /** Which stream keeps it, by the values of one token where that differs. */
  readonly keptBy: readonly {
    readonly stream: StreamName;
    readonly priority?: readonly Priority[];
  }[];
}

export const subjectTable = {
  executionRequest: {
    pattern: 'exec.request.<priority>.<language>',
    message: 'ExecutionRequest',
    publisher: 'anyone who may run code; scheduler for gRPC callers',
    notes:
      'Nats-Msg-Id is the execution id. Subject and body must agree. A log: the leading scheduler deletes a request when its result is stored. Use a request, not a plain publish: the acknowledgement means accepted.',
    tokens: { priority: priorities },
    keptBy: [
      { stream: 'EXEC_PRIORITY', priority: ['high'] },
      { stream: 'EXEC_STANDARD', priority: ['normal', 'low'] },
    ],
  },
  projectRequest: {
    pattern: 'exec.project.<project>.<priority>.<language>',
    message: 'ExecutionRequest',
    publisher: "who has a project's NATS credentials, which allow no other request subject",
    notes:
      "As exec.request, for the project's own users: an empty user_id is the project itself, another project's goes to EXEC_DEAD, and its plan's bounds hold.",
    tokens: { priority: priorities },
    keptBy: [
      { stream: 'EXEC_PRIORITY', priority: ['high'] },
      { stream: 'EXEC_STANDARD', priority: ['normal', 'low'] },
    ],
  },
  executionOutput: {
    pattern: 'exec.output.<id>',
    message: 'OutputChunk',
    publisher: 'executor',
    notes:
      'Sequence numbers of one attempt start at 1 and have no gaps. The first chunk goes out at once, later ones are gathered for up to 10 ms or 32 KiB.',
    tokens: {},
    keptBy: [{ stream: 'EXEC_OUTPUT' }],
  },
  executionResult: {
    pattern: 'exec.result.<id>',
    message: 'ExecutionResult',
    publisher: 'executor; scheduler for what was never run',
    notes:
      'Published with expected-last-subject-sequence 0, so the first writer wins and there is one result.',
    tokens: {},
    keptBy: [{ stream: 'EXEC_RESULTS' }],
  },
  executionDead: {
    pattern: 'exec.dead.<priority>.<language>',
    message: 'DeadRequest',
    publisher: 'scheduler',
    notes: 'What could never be run, with the reason.',
    tokens: { priority: priorities },
    keptBy: [{ stream: 'EXEC_DEAD' }],
  },
  sandboxEvent: {
    pattern: 'sandbox.event.<type>.<template>',
    message: 'SandboxEvent',
    publisher: 'executor',
    notes: 'Nats-Msg-Id is the event id. Order does not matter to readers.',
    tokens: { type: sandboxEventTypes },
    keptBy: [{ stream: 'SANDBOX_EVENTS' }],
  },
  invocationReport: {
    pattern: 'telemetry.invocation.<project>',
    message: 'InvocationReport',
    publisher: 'gateway',
    notes:
      "What one ingest call of the analyzer's SDK brought. The call is answered after the acknowledgement. A full stream refuses: a sender tries again, or drops.",
    tokens: {},
    keptBy: [{ stream: 'TELEMETRY' }],
  },
  alert: {
    pattern: 'alert.<severity>.<name>',
    message: 'Alert',
    publisher: 'metrics-collector',
    notes:
      'When it begins, changes, ends, and again while it goes on. Nats-Msg-Id is its id, state and time.',
    tokens: { severity: alertSeverities },
    keptBy: [{ stream: 'ALERTS' }],
  },
} as const satisfies Record<string, SubjectRow>;

type Row = keyof typeof subjectTable;

/** The tokens that each kind of subject takes. */
export interface SubjectTokens {
  readonly executionRequest: { readonly priority: Priority; readonly language: string };
  readonly projectRequest: {
    readonly project: string;
    readonly priority: Priority;
    readonly language: string;
  };
  readonly executionOutput: { readonly id: string };
  readonly executionResult: { readonly id: string };
  readonly executionDead: { readonly priority: Priority; readonly language: string };
  readonly sandboxEvent: { readonly type: SandboxEventType; readonly template: string };
  readonly invocationReport: { readonly project: string };
  readonly alert: { readonly severity: AlertSeverity; readonly name: string };
}

/** The subject of a message. Throws `invalid_argument` for a value that is not one token. */
export function subject<R extends Row>(row: R, tokens: SubjectTokens[R]): Subject {
  return fill(subjectTable[row].pattern, tokens) as Subject;
}

/** A filter on one kind of subject; a token left out matches any value. */
export function subjectFilter<R extends Row>(
  row: R,
  tokens: Partial<SubjectTokens[R]> = {},
): SubjectFilter {
  return fill(subjectTable[row].pattern, tokens, '*');
}

/** The tokens of a subject of this kind, or undefined for any other subject. */
export function parseSubject<R extends Row>(
  row: R,
  text: string,
): Record<keyof SubjectTokens[R] & string, Token> | undefined {
  const names = subjectTable[row].pattern.split('.');
  const values = text.split('.');
  if (names.length !== values.length) return undefined;
  const found: Record<string, Token> = {};
  for (const [index, name] of names.entries()) {
    const value = values[index] ?? '';
    if (name.startsWith('<')) found[name.slice(1, -1)] = token(name, value);
    else if (name !== value) return undefined;
  }
  return found as Record<keyof SubjectTokens[R] & string, Token>;
}

/** Everything that a stream keeps, also where it takes in subjects that no other filter covers. */
export const wholeStream: SubjectFilter = '>';

/** What the subject of a request says. */
export interface RequestSubject {
  /** Undefined on exec.request. */
  readonly project: Token | undefined;
  readonly priority: Priority;
  readonly language: Token;
}

/** Undefined for any other subject. Throws `invalid_argument` for one with words that are no tokens. */
export function parseRequestSubject(text: string): RequestSubject | undefined {
  const ofProject = parseSubject('projectRequest', text);
  const tokens = ofProject ?? parseSubject('executionRequest', text);
  const priority = priorities.find((known) => known === String(tokens?.priority));
  if (tokens === undefined || priority === undefined) return undefined;
  return { project: ofProject?.project, priority, language: tokens.language };
}

/** The subjects that one stream takes in. */
export function subjectsOf(stream: StreamName): SubjectFilter[] {
  const rows: readonly SubjectRow[] = Object.values(subjectTable);
  return rows.flatMap((row) =>
    row.keptBy
      .filter((keeper) => keeper.stream === stream)
      .flatMap((keeper) =>
        (keeper.priority ?? [undefined]).map((priority) =>
          fill(row.pattern, priority === undefined ? {} : { priority }, '*'),
        ),
      ),
  );
}

/** The stream that keeps requests of a priority. */
export function requestStreamOf(priority: Priority): StreamName {
  return priority === 'high' ? 'EXEC_PRIORITY' : 'EXEC_STANDARD';
}

function fill(
  pattern: string,
  tokens: Readonly<Record<string, string | undefined>> | object,
  missing?: string,
): string {
  const values = new Map<string, unknown>(Object.entries(tokens));
  return pattern.replaceAll(/<(\w+)>/g, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined && missing !== undefined) return missing;
    return token(name, String(value ?? ''));
  });
}

/** How one key-value bucket keeps its values: on disk, the last one of each key. */
export interface BucketDefinition {
  readonly notes: string;
  /** Values not written again for so long are gone, without a watch event. */
  readonly maxAgeMs?: number;
}

export const buckets = {
  leaders: {
    notes: 'key: service; value: holder, address and epoch. Renewed every second.',
    maxAgeMs: 5_000,
  },
  epochs: { notes: 'key: service; value: the last epoch given out.' },
  plan: { notes: 'key `current`: Plan.' },
  templates: { notes: 'key: template; value: its definition.' },
  policies: {
    notes: "key: template; value: StoredPolicy, its pool's policy and what was changed.",
  },
  nodes: {
    notes: 'key: node; value: NodeStatus. Written at every change and every second.',
    maxAgeMs: minuteMs,
  },
  keys: {
    notes:
      'key: SHA-256 of an API key in hex; value: StoredKey. Written by stats-recorder, watched by everyone who is called with keys; a revoked one stays, not active.',
  },
  key_uses: {
    notes:
      "key: id of an API key; value: the last minute of its use, as an ISO 8601 text. Written at most once a minute; stats-recorder puts it into the key's row.",
    maxAgeMs: dayMs,
  },
  tickets: {
    notes:
      'key: SHA-256 of a ticket in hex; value: SHA-256 of the API key that it stands for. Removed when used.',
    maxAgeMs: minuteMs,
  },
  answers: {
    notes:
      'key: hash of API key, route and Idempotency-Key; value: fingerprint of the request and the first answer to it, sealed with the API key.',
    maxAgeMs: dayMs,
  },
  health: {
    notes:
      'key: service and dependency, such as stats-recorder.database; value: ok, since, reason. Written at every change and every 10 s.',
    maxAgeMs: minuteMs,
  },
  acquires: {
    notes: 'key: hash of user and idempotency key; value: fingerprint and lease.',
    maxAgeMs: dayMs,
  },
} as const satisfies Record<string, BucketDefinition>;

export type BucketName = keyof typeof buckets;
