import { subject } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rig } from '../testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

describe('intake', () => {
  it('buries what can never be run, answers where it can, and lives on', async () => {
    const node = await rig.addNode('n1');
    await rig.lead();
    const where = subject('executionRequest', { priority: 'normal', language: 'python' });
    await rig.bus.publish(where, Buffer.from('{not json'));
    await rig.bus.publish(where, Buffer.from('{"id":"bad","language":"python"}'));
    await rig.publish('cobol', { language: 'cobol' });
    await rig.publish('good');
    await rig.until(() => node.runs.size === 1);
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 1);
    expect(await rig.stored('EXEC_DEAD')).toBe(3);
    expect(await rig.result('bad')).toMatchObject({ status: 'rejected', retryable: false });
    expect((await rig.result('cobol'))?.message).toContain('known are javascript, python');
  });

  it('drops a second message of one id', async () => {
    const node = await rig.addNode('n1');
    await rig.lead();
    await rig.publish('e1');
    rig.clock.advance(3 * 60_000);
    await node.report();
    await rig.publish('e1');
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 1);
    expect(node.ordered).toEqual(['e1/1']);
  });
});
