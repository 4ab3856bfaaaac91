import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { confirmAt } from './confirm.ts';

function terminal(isTTY: boolean) {
  return { input: Object.assign(new PassThrough(), { isTTY }), output: new PassThrough() };
}

it.each([
  ['y\n', true],
  [' YES \n', true],
  ['n\n', false],
  ['\n', false],
  ['yesterday\n', false],
])('takes %j for %s', async (answer, isYes) => {
  const at = terminal(true);
  at.input.write(answer);
  expect(await confirmAt(at, 'Really?')).toBe(isYes);
  at.output.end();
  expect(await text(at.output)).toContain('Really? [y/N] ');
});

it('takes the end of the input for a no', async () => {
  const at = terminal(true);
  at.input.end();
  expect(await confirmAt(at, 'Really?')).toBe(false);
});

it('asks nobody where there is no terminal', async () => {
  await expect(confirmAt(terminal(false), 'Really?')).rejects.toMatchObject({
    code: 'failed_precondition',
  });
});
