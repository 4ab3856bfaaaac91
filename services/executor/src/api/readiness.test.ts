import { PlatformError } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { reap } from '../app/reaper.ts';
import { ScriptedPreparation } from '../testing/scripted-driver.ts';
import { createTestNode, type TestNode, template } from '../testing/test-node.ts';
import { quiet } from '../testing/until.ts';
import { readiness } from './readiness.ts';

const checkOf = (node: TestNode, name: string) =>
  readiness(node).checks.find((check) => check.name === name);

it('needs the bus, and says how it is', () => {
  const node = createTestNode();
  expect(checkOf(node, 'bus')).toEqual({ name: 'bus', ok: true });
  node.bus.setStatus('disconnected');
  expect(checkOf(node, 'bus')).toEqual({ name: 'bus', ok: false, reason: 'is disconnected' });
});

it('needs a driver that answers, and says what it said', async () => {
  const node = createTestNode();
  const { driver } = node;
  const list = () => Promise.reject(new PlatformError('unavailable', 'the engine is away'));
  await reap({ ...node, driver: { list, remove: (id) => driver.remove(id) } });
  expect(checkOf(node, 'driver')).toEqual({
    ...{ name: 'driver', ok: false, reason: 'the engine is away' },
  });
  await reap(node);
  expect(checkOf(node, 'driver')).toEqual({ name: 'driver', ok: true });
});

it('says which templates cannot work here, and is ready all the same', async () => {
  const node = createTestNode({ readiness: 'by_driver' });
  const { driver, preparation } = node;
  const prepared = new ScriptedPreparation();
  driver.preparations.set('python', prepared);
  node.stock.setCatalogue(new Map([['python', template('python')]]));
  preparation.order(['python']);
  prepared.outcome.reject(new PlatformError('unavailable', 'no python3 on PATH'));
  await quiet();
  expect(checkOf(node, 'template python')).toEqual({
    ...{ name: 'template python', ok: true, reason: 'is unavailable: no python3 on PATH' },
  });
  await preparation.close();
});
