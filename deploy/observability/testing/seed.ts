// A day in the database on which every panel has something to show: a busy hour served warm, a quiet
// one with cold starts, a start that failed, stock that nobody wanted, and a suggestion carried out.
import { sqlStatsStore } from '../../../services/stats-recorder/src/adapters/sql-stats-store.ts';
import type { Database } from '../../../services/stats-recorder/src/app/ports.ts';
import { Recorder } from '../../../services/stats-recorder/src/app/recorder.ts';
import {
  eventMessage,
  failed,
  leased,
  poison,
  received,
  result,
  resultMessage,
  stopped,
} from '../../../services/stats-recorder/src/testing/events.ts';
import { silentOutages } from '../../../services/stats-recorder/src/testing/outages.ts';
import {
  coldStart,
  reportMessage,
  warm as warmInvocation,
} from '../../../services/stats-recorder/src/testing/reports.ts';

export const seededRange = {
  from: new Date('2026-01-01T00:00:00Z'),
  to: new Date('2026-01-02T00:00:00Z'),
};

export const seededFunction = {
  projectId: '00000000-0000-4000-8000-0000000000aa',
  functionName: "o'clock",
};

const minutes = (count: number) => new Date(received.getTime() + count * 60_000);
const milliseconds = (at: Date, ms: number) => new Date(at.getTime() + ms);

interface Request {
  readonly number: number;
  readonly at: Date;
  readonly isWarm: boolean;
  readonly waitedMs: number;
  readonly pullMs: number;
  readonly initMs: number;
  readonly totalMs: number;
  readonly revision: string;
}

const warm = Array.from({ length: 6 }, (_, index) => ({
  ...{ number: index + 1, at: minutes(index), isWarm: true, waitedMs: 10 },
  ...{ pullMs: 0, initMs: 450, totalMs: 500, revision: 'aaaaaaaaaaaa' },
}));
const cold = { isWarm: false, initMs: 50, revision: 'bbbbbbbbbbbb' };
const requests: readonly Request[] = [
  ...warm,
  { ...cold, number: 7, at: minutes(61), waitedMs: 1_300, pullMs: 2, totalMs: 500 },
  { ...cold, number: 8, at: minutes(62), waitedMs: 3_000, pullMs: 2_500, totalMs: 3_000 },
];

function fieldsOf({ number, at, isWarm, waitedMs, pullMs, initMs, totalMs, revision }: Request) {
  const createdAt = isWarm ? milliseconds(at, -60_000) : at;
  return {
    eventId: `event-${number}`,
    sandboxId: `sb_n1_i1_${number}`,
    requestId: `00000000-0000-4000-8000-00000000000${number}`,
    templateRevision: revision,
    requestReceivedAt: at,
    sandboxCreatedAt: createdAt,
    readyAt: milliseconds(createdAt, totalMs),
    availableAt: milliseconds(at, waitedMs),
    at: milliseconds(at, waitedMs),
    fromWarmPool: isWarm,
    acquisitionMs: waitedMs,
    phases: {
      ...{ schedulingMs: 1, imagePullMs: pullMs, containerCreateMs: 10, processStartMs: 4 },
      ...{ appInitMs: initMs, totalMs },
    },
  };
}

/** Into a migrated, empty database. */
export async function seed(database: Database): Promise<void> {
  const store = sqlStatsStore(database);
  const recorder = new Recorder({ open: async () => store, outages: silentOutages() });
  const leases = requests.map((request) => leased(fieldsOf(request)));
  const ends = requests.map((request) => {
    const at = milliseconds(request.at, request.waitedMs + 10_000);
    return stopped({ ...fieldsOf(request), eventId: `end-${request.number}`, at, stoppedAt: at });
  });
  const lost = {
    requestId: '00000000-0000-4000-8000-000000000009',
    requestReceivedAt: minutes(30),
  };
  // In the quiet hour, with a wait that nobody had: it counts for no figure but its own.
  const failure = failed({ ...lost, at: minutes(31), stoppedAt: minutes(31) });
  const [first] = requests;
  if (first === undefined) throw new Error('no requests');
  const unused = stopped({
    ...fieldsOf({ ...first, number: 0 }),
    ...{ requestId: '', userId: '', requestReceivedAt: undefined, availableAt: undefined },
    ...{ stopReason: 'expired', stoppedAt: minutes(20), at: minutes(20) },
  });
  const events = [...leases, ...ends, failure, unused].map(eventMessage);
  await recorder.record([...events, resultMessage(result()), poison('no event')]);
  await database.query(
    `insert into pool_samples (sampled_at, template, target, ready, creating, leased, waiting, nodes)
     values ('${minutes(1).toISOString()}', 'python', 5, 4, 1, 2, 0, 1)`,
  );
  await database.query(
    `insert into other_events (stream, sequence, subject, type, event)
     values ('SANDBOX_EVENTS', 900, 'sandbox.event.moved.python', 'moved', '{}')`,
  );
  await database.query(
    `insert into policy_changes (suggestion_id, template, remedy, suggestion, expected_saving_ms, basis, applied_at)
     values ('s1', 'python', 'deferred_packages', 'defer numpy', 400, 'x', '${minutes(40).toISOString()}')`,
  );
  await seedFunction(database, recorder);
}

/** Its panels look at the last 24 hours, whatever time is shown. */
async function seedFunction(database: Database, recorder: Recorder): Promise<void> {
  const { projectId, functionName } = seededFunction;
  await database.query(
    `insert into projects (id, name, slug) values ('${projectId}', 'Local', 'local')`,
  );
  const timestamp = new Date(Date.now() - 60_000);
  const cold = coldStart({ functionName, timestamp });
  const message = reportMessage([cold, warmInvocation({ functionName, timestamp })], {
    receivedAt: timestamp,
  });
  await recorder.record([message]);
  await database.query(
    `insert into function_recommendations
     select id, 'aws-sdk', 'whole_sdk', 'x', 'y', 750, 'high', 1, now() from functions`,
  );
}
