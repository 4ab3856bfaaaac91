// What a function's SDK reports, for tests.

/** Seed 001's example as it stands there. */
export const seedExample = {
  function_name: 'payment-service',
  invocation_id: 'abc-123-def',
  request_id: 'req-456',
  timestamp: '2026-01-02T10:30:00Z',
  cold_start: true,
  init_duration_ms: 2850,
  execution_duration_ms: 145,
  billed_duration_ms: 3000,
  memory_used_mb: 180,
  memory_allocated_mb: 512,
  module_timings: {
    'aws-sdk': 850,
    '@prisma/client': 680,
    moment: 340,
    lodash: 180,
    axios: 95,
    './src/handlers/payment': 45,
  },
  runtime_version: 'nodejs18.x',
  architecture: 'x86_64',
};

/** When it was taken in. */
export const seedReceivedAt = new Date('2026-01-02T10:30:01Z');
