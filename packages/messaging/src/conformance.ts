// What every bus must do. Run on memory and on each nats-server that the machine has; services
// rely on nothing that is not here.
import { afterAll, beforeAll, describe } from 'vitest';
import type { Bus } from './bus.ts';
import { consumeConformance } from './conformance/consume.ts';
import { followLiveConformance, followStoredConformance } from './conformance/follow.ts';
import { keyValueConformance } from './conformance/key-value.ts';
import { closeConformance, limitConformance } from './conformance/limits.ts';
import { publishConformance, readConformance } from './conformance/log.ts';

/** Declares the suite. `connect` is called once, and its bus closed at the end. */
export function busConformance(name: string, connect: () => Promise<Bus>): void {
  describe(`bus conformance: ${name}`, () => {
    let bus: Bus;
    beforeAll(async () => {
      bus = await connect();
    });
    afterAll(() => bus.close());
    const use = (): Bus => bus;

    publishConformance(use);
    readConformance(use);
    followStoredConformance(use);
    followLiveConformance(use);
    consumeConformance(use);
    keyValueConformance(use);
    limitConformance(use);
    closeConformance(connect);
  });
}
