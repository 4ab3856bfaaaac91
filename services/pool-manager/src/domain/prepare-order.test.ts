import { expect, it } from 'vitest';
import { entry } from '../testing/world.ts';
import { prepareOrder } from './prepare-order.ts';

function preparable(name: string, minSize: number, isApplication = false) {
  const { template } = entry(name, minSize, 9);
  const { language: _, ...application } = template;
  return { template: isApplication ? application : template, minSize };
}

it('takes languages with stock first, then the other languages, then applications', () => {
  const order = prepareOrder([
    preparable('nextjs', 0, true),
    preparable('flask', 2, true),
    preparable('rust', 0),
    preparable('python', 4),
    preparable('go', 0),
    preparable('javascript', 3),
  ]);
  expect(order).toEqual(['javascript', 'python', 'go', 'rust', 'flask', 'nextjs']);
});
