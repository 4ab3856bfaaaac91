import { connect, type Pilotlight } from '@pilotlight/client';
import { type InMemoryPlatform, startInMemoryPlatform } from '@pilotlight/client/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { applicable, applySuggestions } from './apply-suggestions.ts';

let platform: InMemoryPlatform;
let client: Pilotlight;
let asked: string[];
let said: string[];
beforeEach(async () => {
  platform = await startInMemoryPlatform();
  const { address } = platform;
  client = await connect({ address, poolAddress: address, statsAddress: address });
  [asked, said] = [[], []];
});
afterEach(async () => {
  await client.close();
  await platform.close();
});

async function apply(answer: boolean) {
  const confirm = async (question: string) => {
    asked.push(question);
    return answer;
  };
  const say = (text: string) => said.push(text);
  const suggestions = applicable(await client.analyze());
  return applySuggestions(suggestions, { client, by: 'ada', confirm, say });
}

const minSize = async () => (await client.pools())[0]?.policy?.minSize;

it('changes the policy and notes that, once', async () => {
  expect(await apply(true)).toMatchObject([{ suggestion: { remedy: 'larger_minimum' } }]);
  expect(asked).toEqual(['Change min_size of python from 1 to 3, to save 38 ms?']);
  expect(said).toEqual(['min_size of python is 3 now, and stays so after a restart.']);
  expect(await minSize()).toBe(3);
  expect((await client.analyze()).changes).toHaveLength(1);
  expect(await apply(true)).toEqual([]);
});

it('changes nothing without a yes', async () => {
  expect(await apply(false)).toEqual([]);
  expect([await minSize(), said]).toEqual([1, []]);
});

it('passes over a pool that was changed meanwhile', async () => {
  await client.setPolicy('python', { minSize: 5 });
  expect(await apply(true)).toEqual([]);
  expect(said).toEqual(['min_size of python is 5 by now, not 1: left as it is.']);
  expect(await minSize()).toBe(5);
});
