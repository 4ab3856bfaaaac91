import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seedExample, seedReceivedAt } from '../testing/invocations.ts';
import { checkInvocation, mostCharacters, oldestDays } from './check-invocation.ts';
import { isStorable } from './storable-text.ts';

const newId = () => '11111111-2222-4333-8444-555555555555';
const receipt = { project: 'blue', receivedAt: seedReceivedAt, newId };
const check = (given: unknown, place = '') => checkInvocation(given, place, receipt);
const taken = (given: object) => {
  const checked = check({ ...seedExample, ...given });
  if (checked.kind === 'taken') return checked.invocation;
  throw new Error(JSON.stringify(checked.problems));
};
const refused = (given: unknown, place = '') => {
  const checked = check(given, place);
  return checked.kind === 'refused' ? checked.problems : [];
};

it("the seed's example is taken in as it is", () => {
  expect(taken({})).toEqual({
    // As Python's uuid5 has it: rows that are there are found by it.
    id: '992ae77f-f49f-5e4d-bbb8-35e8c323db8e',
    ...{ functionName: 'payment-service', invocationId: 'abc-123-def', requestId: 'req-456' },
    ...{ timestamp: new Date('2026-01-02T10:30:00Z'), coldStart: true, clockSkewMs: undefined },
    ...{ initDurationMs: 2_850, executionDurationMs: 145, billedDurationMs: 3_000 },
    ...{ memoryUsedMb: 180, memoryAllocatedMb: 512, moduleTimings: seedExample.module_timings },
    ...{ runtimeVersion: 'nodejs18.x', architecture: 'x86_64', region: '', moduleDetails: [] },
  });
});

it('what the seed lets be missing may be missing or null, and what nobody knows may be there', () => {
  const { function_name, timestamp, cold_start, execution_duration_ms } = seedExample;
  const least = { function_name, timestamp, cold_start, execution_duration_ms };
  const nulls = Object.fromEntries(Object.keys(seedExample).map((name) => [name, null]));
  const more = { ...nulls, ...{ region: null, module_details: null, sdk: { v: 9 } }, ...least };
  for (const given of [least, more]) {
    expect(check(given)).toMatchObject({
      kind: 'taken',
      invocation: { id: newId(), invocationId: '', moduleTimings: {}, initDurationMs: undefined },
    });
  }
});

it('fractions are rounded where the table has whole numbers, and kept of modules', () => {
  expect(
    taken({ init_duration_ms: 2.5, memory_used_mb: 17.4, module_timings: { a: 1.25 } }),
  ).toMatchObject({ initDurationMs: 3, memoryUsedMb: 17, moduleTimings: { a: 1.25 } });
});

it('details are taken in, with what they leave out from the timings', () => {
  const { moduleDetails } = taken({
    module_details: [
      {
        module: 'aws-sdk',
        self_ms: 12.5,
        parent: './src/db',
        version: '2.1',
        files: 3,
        used: false,
      },
      { module: 'other', self_ms: 7, total_ms: 9, path: null },
    ],
  });
  expect(moduleDetails).toEqual([
    {
      ...{ module: 'aws-sdk', selfMs: 12.5, totalMs: 850, parent: './src/db', path: '' },
      ...{ version: '2.1', files: 3, used: false },
    },
    {
      ...{ module: 'other', selfMs: 7, totalMs: 9, parent: '', path: '' },
      ...{ version: '', files: 0, used: undefined },
    },
  ]);
});

it('a module may be named as anything', () => {
  const timings = JSON.parse('{"__proto__":5,"constructor":6,"a\\u0000b":7,"\\ud800":8}');
  const { moduleTimings } = taken({ module_timings: timings });
  expect(Object.entries(moduleTimings).toSorted(([, a], [, b]) => a - b)).toEqual([
    ['__proto__', 5],
    ['constructor', 6],
    ['a\u{fffd}b', 7],
    ['\u{fffd}', 8],
  ]);
});

describe('a clock', () => {
  const at = (ms: number) => new Date(seedReceivedAt.getTime() + ms).toISOString();

  it('that is a little ahead is believed', () => {
    expect(taken({ timestamp: at(299_000) })).toMatchObject({
      ...{ timestamp: new Date(at(299_000)), clockSkewMs: undefined },
    });
  });

  it('that is far ahead is not, and its reports are told apart by what it said all the same', () => {
    const skewed = taken({ timestamp: at(301_000) });
    expect(skewed).toMatchObject({ timestamp: seedReceivedAt, clockSkewMs: 301_000 });
    const later = checkInvocation({ ...seedExample, timestamp: at(301_000) }, '', {
      ...{ ...receipt, receivedAt: new Date(at(500)) },
    });
    expect(later).toMatchObject({ invocation: { id: skewed.id } });
    expect(taken({ timestamp: '9999-12-31T00:00:00Z' }).timestamp).toEqual(seedReceivedAt);
  });

  it(`that is ${oldestDays} days behind is refused`, () => {
    expect(taken({ timestamp: at(-oldestDays * 86_400_000) })).toBeDefined();
    expect(refused({ ...seedExample, timestamp: at(-oldestDays * 86_400_000 - 1) })).toEqual([
      { field: 'timestamp', problem: 'must be of the last 400 days' },
    ]);
  });

  it('may have an offset', () => {
    const { timestamp } = taken({ timestamp: '2026-01-01T00:30:00.5+02:00' });
    expect(timestamp?.toISOString()).toBe('2025-12-31T22:30:00.500Z');
  });
});

describe('an id', () => {
  const idOf = (given: object) => taken(given).id;

  it('is the same for the same report and another for another', () => {
    const first = idOf({});
    expect(idOf({ execution_duration_ms: 9, timestamp: '2026-01-02T11:30:00+01:00' })).toBe(first);
    const others = [
      idOf({ function_name: 'x' }),
      idOf({ invocation_id: 'x' }),
      idOf({ timestamp: '2026-01-02T10:30:00.001Z' }),
    ];
    const inRed = checkInvocation(seedExample, '', { ...receipt, project: 'red' });
    others.push(inRed.kind === 'taken' ? inRed.invocation.id : '');
    expect(new Set([first, ...others]).size).toBe(5);
  });
});

describe('is refused:', () => {
  const wrong: Record<string, readonly unknown[]> = {
    function_name: [undefined, null, '', 7, 'x'.repeat(256), 'a\0', '\ud800'],
    invocation_id: [7, 'x'.repeat(256), 'a\0', '\udfff'],
    request_id: [{}, 'x'.repeat(256)],
    runtime_version: ['x'.repeat(mostCharacters.runtimeVersion + 1)],
    architecture: ['x'.repeat(mostCharacters.architecture + 1)],
    region: ['x'.repeat(mostCharacters.region + 1), []],
    timestamp: [undefined, 5, 'now', '2026-01-02', '2026-01-02T10:30:00', '2026-02-30T10:30:00Z'],
    cold_start: [undefined, 'true', 1],
    init_duration_ms: [-1, '5', 86_400_001, Infinity, Number.NaN],
    execution_duration_ms: [undefined, null, -0.5, true],
    billed_duration_ms: [-1],
    memory_used_mb: [-1, 1e9],
    memory_allocated_mb: ['512'],
    module_timings: [[], 'x'],
    module_details: [{}, 7],
  };

  it.each(
    Object.entries(wrong).flatMap(([name, values]) =>
      values.map((value) => [name, value] as const),
    ),
  )('%s %j', (name, value) => {
    const problems = refused({ ...seedExample, [name]: value }, 'invocations[3]');
    expect(problems).toEqual([{ field: `invocations[3].${name}`, problem: expect.any(String) }]);
  });

  it.each([
    [{ module_timings: { a: -1, b: 2 } }, ['module_timings.a']],
    [{ module_timings: { a: null } }, ['module_timings.a']],
    [{ module_details: [{ module: 'a', self_ms: 1 }, 7] }, ['module_details[1]']],
    [{ module_details: [{}] }, ['module_details[0].module', 'module_details[0].self_ms']],
    [{ function_name: '', cold_start: 1 }, ['function_name', 'cold_start']],
  ])('%j', (given, fields) => {
    const problems = refused({ ...seedExample, ...given });
    expect(problems.map(({ field }) => field).toSorted()).toEqual([...fields].toSorted());
  });

  it.each([undefined, null, 7, 'x', [seedExample]])('what is no object: %j', (given) => {
    expect(refused(given, 'invocations[0]')).toEqual([
      { field: 'invocations[0]', problem: 'must be an object' },
    ]);
  });

  it('with so many problems that the rest is counted', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => [`m${index}`, -1]);
    const problems = refused({ ...seedExample, module_timings: Object.fromEntries(many) });
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)?.problem).toBe('and 980 problems more');
  });
});

it('whatever is sent is refused with a reason, or within what the tables hold', () => {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.string({ unit: 'binary' }),
    fc.double(),
  );
  const members = fc.record(
    Object.fromEntries(Object.keys(seedExample).map((name) => [name, fc.option(anything)])),
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(members, fc.array(fc.constantFrom(...Object.keys(seedExample))), (odd, names) => {
      const usual = Object.fromEntries(names.map((name) => [name, Reflect.get(seedExample, name)]));
      const checked = check({ ...seedExample, ...odd, ...usual });
      if (checked.kind === 'refused') {
        expect(checked.problems.length).toBeGreaterThan(0);
        return;
      }
      const { invocation } = checked;
      for (const value of Object.values(invocation)) {
        if (typeof value === 'number') expect(Number.isInteger(value)).toBe(true);
        if (typeof value === 'string') expect(isStorable(value)).toBe(true);
      }
      expect([...invocation.functionName].length).toBeLessThanOrEqual(mostCharacters.name);
    }),
    { seed: 1, numRuns: 1_000 },
  );
});
