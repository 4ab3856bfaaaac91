import { describe, expect, it } from 'vitest';
import {
  type BusUser,
  busAccess,
  busUsers,
  inboxOf,
  needsOf,
  projectUserName,
} from './bus-access.ts';
import { type BucketName, buckets, type StreamName, streams, subjectTable } from './subjects.ts';

const usersWho = (does: (user: BusUser) => boolean) => busUsers.filter(does);
const writersOf = (bucket: BucketName) =>
  usersWho((user) => busAccess[user].writesBuckets?.includes(bucket) ?? false);
const publishersOf = (row: keyof typeof subjectTable) =>
  usersWho((user) => busAccess[user].publishes?.includes(row) ?? false);

describe('who may do what on the bus', () => {
  it('has a writer for every bucket, and a publisher for every subject but the projects own', () => {
    const unwritten = (Object.keys(buckets) as BucketName[]).filter((it) => !writersOf(it).length);
    expect(unwritten).toEqual([]);
    const rows = Object.keys(subjectTable) as (keyof typeof subjectTable)[];
    expect(rows.filter((row) => publishersOf(row).length === 0)).toEqual(['projectRequest']);
  });

  it('lets one service alone write keys, results be written by two, alerts by one', () => {
    expect(writersOf('keys')).toEqual(['stats-recorder']);
    expect(publishersOf('executionResult')).toEqual(['scheduler', 'executor']);
    expect(publishersOf('alert')).toEqual(['metrics-collector']);
  });

  it('lets nobody but the scheduler read what is to be run, or delete anything', () => {
    const logs: readonly StreamName[] = ['EXEC_PRIORITY', 'EXEC_STANDARD'];
    expect(usersWho((user) => logs.some((log) => busAccess[user].reads?.includes(log)))).toEqual([
      'scheduler',
    ]);
    expect(usersWho((user) => busAccess[user].removesFrom !== undefined)).toEqual(['scheduler']);
  });

  it('gives every durable name to one user', () => {
    const taken = busUsers.flatMap((user) =>
      Object.entries(busAccess[user].consumes ?? {}).map(([stream, name]) => `${stream} ${name}`),
    );
    expect(new Set(taken).size).toBe(taken.length);
  });

  it('needs everything of who makes it, and of others what they use', () => {
    expect(needsOf('scheduler')).toEqual({
      streams: Object.keys(streams),
      buckets: Object.keys(buckets),
    });
    expect(needsOf('executor')).toEqual({
      streams: ['EXEC_OUTPUT', 'EXEC_RESULTS', 'SANDBOX_EVENTS'],
      buckets: ['plan', 'templates', 'nodes'],
    });
  });

  it.each(['scheduler', 'pilotlight-1f2e', 'a.b', '*', '>', 'a b'])(
    'gives the user "%s" an inbox that is one token',
    (user) => {
      expect(inboxOf(user)).toMatch(/^_INBOX_[A-Za-z0-9_-]+$/);
      expect(inboxOf(projectUserName(user))).not.toBe(inboxOf(user));
    },
  );
});
