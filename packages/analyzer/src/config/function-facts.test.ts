import { expect, test } from 'vitest';
import { functionFacts, memoryUsedMb } from './function-facts.ts';

test('in Lambda, its environment tells', () => {
  const facts = functionFacts('from-context', {
    AWS_LAMBDA_FUNCTION_NAME: 'payment-service',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
    AWS_REGION: 'eu-central-1',
  });
  expect(facts).toMatchObject({
    function_name: 'payment-service',
    memory_allocated_mb: 512,
    runtime_version: 'nodejs22.x',
    region: 'eu-central-1',
  });
});

test('a name that was given wins', () => {
  const environment = { COLDSTART_FUNCTION_NAME: 'mine', AWS_LAMBDA_FUNCTION_NAME: 'theirs' };
  expect(functionFacts(undefined, environment).function_name).toBe('mine');
});

test('outside of Lambda the name is of the context, the package or the script', () => {
  expect(functionFacts('from-context', {}).function_name).toBe('from-context');
  expect(functionFacts(undefined, {}).function_name).not.toBe('');
  expect(functionFacts(undefined, {}).runtime_version).toBe(process.version);
});

test('what nobody knows is left out', () => {
  expect(functionFacts('f', { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: 'much' })).not.toHaveProperty(
    'memory_allocated_mb',
  );
  expect(functionFacts('f', {})).not.toHaveProperty('region');
});

test('memory is a whole number of megabytes, about what the process has', () => {
  const nowMb = process.memoryUsage.rss() / (1024 * 1024);
  expect(Number.isInteger(memoryUsedMb())).toBe(true);
  expect(memoryUsedMb()).toBeGreaterThan(nowMb * 0.5);
});
