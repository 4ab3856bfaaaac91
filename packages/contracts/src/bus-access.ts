// The one table of who may do what on the bus. The nats-server's permissions, deploy/nats, what a service
// waits for when it connects, and the table in docs/security.md all derive from it.
import { type BucketName, buckets, type StreamName, streams, subjectTable } from './subjects.ts';

/** Who connects to the bus, each as a user of its own under this name. */
export const busUsers = [
  'scheduler',
  'pool-manager',
  'executor',
  'gateway',
  'stats-recorder',
  'metrics-collector',
  'publisher',
] as const;
export type BusUser = (typeof busUsers)[number];

/** What is not named is refused. */
export interface BusAccess {
  /** For people. */
  readonly notes: string;
  /** Makes the streams and buckets, and puts back what the contracts say of them. */
  readonly makesStreams?: true;
  /** Kinds of subjects, as rows of the table of subjects. */
  readonly publishes?: readonly (keyof typeof subjectTable)[];
  /** Follows them, and reads single messages. */
  readonly reads?: readonly StreamName[];
  /** Reads single messages and counts, without following. */
  readonly looksAt?: readonly StreamName[];
  /** Deletes messages. */
  readonly removesFrom?: readonly StreamName[];
  /** Under which name it consumes a stream and acknowledges; nobody else may touch that consumer. */
  readonly consumes?: Readonly<Partial<Record<StreamName, string>>>;
  /** Sees how far the consumers of a stream are. */
  readonly seesLagOf?: readonly StreamName[];
  readonly readsBuckets?: readonly BucketName[];
  /** Reads them as well. */
  readonly writesBuckets?: readonly BucketName[];
}

const requestLogs = ['EXEC_PRIORITY', 'EXEC_STANDARD'] as const satisfies readonly StreamName[];

export const busAccess: Readonly<Record<BusUser, BusAccess>> = {
  scheduler: {
    notes:
      'follows the request logs, removes what has its result, answers watchers from the output',
    makesStreams: true,
    publishes: ['executionRequest', 'executionResult', 'executionDead'],
    reads: [...requestLogs, 'EXEC_OUTPUT'],
    looksAt: ['EXEC_RESULTS'],
    removesFrom: requestLogs,
    readsBuckets: ['nodes', 'templates', 'keys'],
    writesBuckets: ['leaders', 'epochs', 'acquires', 'key_uses'],
  },
  'pool-manager': {
    notes: 'plans from the nodes and the demand that events tell of',
    makesStreams: true,
    reads: ['SANDBOX_EVENTS'],
    readsBuckets: ['nodes', 'keys'],
    writesBuckets: ['leaders', 'epochs', 'plan', 'templates', 'policies', 'key_uses'],
  },
  executor: {
    notes:
      'tells what became of runs and sandboxes; reads no requests: the scheduler hands them over',
    publishes: ['executionOutput', 'executionResult', 'sandboxEvent'],
    looksAt: ['EXEC_RESULTS'],
    readsBuckets: ['plan', 'templates'],
    writesBuckets: ['nodes'],
  },
  gateway: {
    notes:
      'shows, and takes in what functions report; whatever it changes it asks the services for over gRPC',
    publishes: ['invocationReport'],
    reads: ['EXEC_OUTPUT', 'EXEC_RESULTS', 'SANDBOX_EVENTS', 'ALERTS'],
    readsBuckets: ['keys', 'templates', 'policies'],
    writesBuckets: ['tickets', 'key_uses', 'answers'],
  },
  'stats-recorder': {
    notes: 'records; the only one that writes keys',
    consumes: {
      SANDBOX_EVENTS: 'stats-recorder',
      EXEC_RESULTS: 'stats-recorder',
      TELEMETRY: 'stats-recorder',
    },
    readsBuckets: ['nodes', 'plan', 'policies'],
    writesBuckets: ['keys', 'key_uses', 'health'],
  },
  'metrics-collector': {
    notes: 'counts and tells alerts',
    publishes: ['alert'],
    reads: ['SANDBOX_EVENTS', 'EXEC_RESULTS', 'ALERTS'],
    looksAt: [...requestLogs, 'EXEC_OUTPUT', 'EXEC_DEAD', 'TELEMETRY'],
    seesLagOf: ['SANDBOX_EVENTS', 'EXEC_RESULTS', 'TELEMETRY'],
    readsBuckets: ['nodes', 'templates', 'health'],
    writesBuckets: ['leaders', 'epochs'],
  },
  publisher: {
    notes:
      'programs that are trusted to run code for any user: of `npm start`, the command and clients on the same machine',
    publishes: ['executionRequest'],
    reads: ['EXEC_OUTPUT', 'EXEC_RESULTS', 'ALERTS'],
  },
};

/** Every stream and bucket that must be there before a user can do its work. */
export function needsOf(user: BusUser): {
  readonly streams: readonly StreamName[];
  readonly buckets: readonly BucketName[];
} {
  const access = busAccess[user];
  if (access.makesStreams) return { streams: namesIn(streams), buckets: namesIn(buckets) };
  const { publishes = [], reads = [], looksAt = [], consumes = {} } = access;
  const { readsBuckets = [], writesBuckets = [] } = access;
  const published = publishes.flatMap((row) =>
    subjectTable[row].keptBy.map(({ stream }) => stream),
  );
  return {
    streams: [...new Set([...published, ...reads, ...looksAt, ...namesIn(consumes)])],
    buckets: [...readsBuckets, ...writesBuckets],
  };
}

/** The user name of a project that publishes on its own, limited to `exec.project.<project>`. */
export function projectUserName(project: string): string {
  return `project-${project}`;
}

/** Where a user gets its replies; nobody else may listen there. */
export function inboxOf(userName: string): string {
  return `_INBOX_${userName.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`;
}

function namesIn<K extends string>(record: Readonly<Partial<Record<K, unknown>>>): K[] {
  return Object.keys(record) as K[];
}
