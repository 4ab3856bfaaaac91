// What each user of the bus may publish and hear, in NATS' terms: JetStream is asked for on subjects, too.
import {
  type BucketName,
  type BusAccess,
  type BusUser,
  buckets,
  busAccess,
  busUsers,
  inboxOf,
  needsOf,
  priorities,
  projectUserName,
  type StreamName,
  streams,
  subjectFilter,
  token,
} from '@pilotlight/contracts';
import { bucketPrefix, bucketStream } from '../nats/names.ts';

/** As nats-server's configuration has it. What is not allowed is refused. */
export interface NatsPermissions {
  readonly publish: { readonly allow: readonly string[]; readonly deny?: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
}

const api = '$JS.API';
/** Lets the server send on to a reader; another reader's would be let go early, and nothing more. */
const flowControl = '$JS.FC.>';

/** Least privilege for one of the platform's own users. */
export function permissionsOf(user: BusUser): NatsPermissions {
  const access = busAccess[user];
  const { publishes = [], removesFrom = [], seesLagOf = [] } = access;
  const { readsBuckets = [], writesBuckets = [], reads = [], looksAt = [] } = access;
  const allow = [
    ...publishes.map((row) => subjectFilter(row)),
    ...writesBuckets.map((bucket) => `${bucketPrefix(bucket)}>`),
    ...(access.makesStreams ? everyStream().flatMap(making) : []),
    ...needsOf(user).streams.map((stream) => `${api}.STREAM.INFO.${stream}`),
    ...looksAt.flatMap(looking),
    ...reads.flatMap(following),
    ...[...readsBuckets, ...writesBuckets].map(bucketStream).flatMap(following),
    ...removesFrom.map((stream) => `${api}.STREAM.MSG.DELETE.${stream}`),
    ...seesLagOf.map((stream) => `${api}.CONSUMER.INFO.${stream}.*`),
    ...entriesOf(access.consumes).flatMap(consuming),
    flowControl,
  ];
  const deny = othersConsumers(user);
  return {
    publish: { allow: [...new Set(allow)], ...(deny.length > 0 && { deny }) },
    subscribe: { allow: [`${inboxOf(user)}.>`] },
  };
}

/** A project publishes requests in its own name and hears whether they were accepted: nothing else. */
export function projectPermissions(project: string): NatsPermissions {
  const own = { project: token('project', project) };
  return {
    publish: {
      allow: priorities.map((priority) => subjectFilter('projectRequest', { ...own, priority })),
    },
    subscribe: { allow: [`${inboxOf(projectUserName(project))}.>`] },
  };
}

function everyStream(): string[] {
  const bucketNames = Object.keys(buckets) as BucketName[];
  return [...Object.keys(streams), ...bucketNames.map(bucketStream)];
}

function making(stream: string): string[] {
  return ['INFO', 'CREATE', 'UPDATE'].map((verb) => `${api}.STREAM.${verb}.${stream}`);
}

function looking(stream: string): string[] {
  return [
    `${api}.STREAM.INFO.${stream}`,
    `${api}.STREAM.MSG.GET.${stream}`,
    `${api}.DIRECT.GET.${stream}`,
    `${api}.DIRECT.GET.${stream}.>`,
  ];
}

function following(stream: string): string[] {
  return [
    ...looking(stream),
    `${api}.CONSUMER.CREATE.${stream}.>`,
    `${api}.CONSUMER.DELETE.${stream}.*`,
  ];
}

function consuming([stream, durable]: readonly [StreamName, string]): string[] {
  return [
    ...['CREATE', 'DURABLE.CREATE', 'INFO', 'MSG.NEXT'].map(
      (verb) => `${api}.CONSUMER.${verb}.${stream}.${durable}`,
    ),
    `${api}.CONSUMER.CREATE.${stream}.${durable}.>`,
    `$JS.ACK.${stream}.${durable}.>`,
    `$JS.ACK.*.*.${stream}.${durable}.>`,
  ];
}

/** Who follows a stream names its consumers as it likes, but for the names of those that remember. */
function othersConsumers(user: BusUser): string[] {
  const { reads = [] } = busAccess[user];
  return busUsers
    .filter((other) => other !== user)
    .flatMap((other) => entriesOf(busAccess[other].consumes))
    .filter(([stream]) => reads.includes(stream))
    .flatMap(([stream, durable]) => [
      `${api}.CONSUMER.CREATE.${stream}.${durable}`,
      `${api}.CONSUMER.CREATE.${stream}.${durable}.>`,
      `${api}.CONSUMER.DELETE.${stream}.${durable}`,
    ]);
}

function entriesOf(consumes: BusAccess['consumes'] = {}): [StreamName, string][] {
  return Object.entries(consumes) as [StreamName, string][];
}
