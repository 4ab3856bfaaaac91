import { defineConfig } from 'vitest/config';

// Projects by what they need: `unit` nothing but this repository, `integration` real parts (nats-server,
// OCI runtime, Docker, Postgres), `e2e` the whole platform, `hostile` the same with programs that attack
// it. They run one after another, and all but the first one file at a time, because two of them would
// measure each other.
const real = [
  'packages/messaging/**/*.test.ts',
  'packages/sandbox-runtime/src/{oci,docker}/**/*.test.ts',
  'services/stats-recorder/src/adapters/**/*.test.ts',
  'services/executor/src/adapters/**/*.test.ts',
  'services/metrics-collector/src/adapters/**/*.test.ts',
  'packages/cli/src/{up,platform}/**/*.test.ts',
  'deploy/**/*.test.ts',
  'packages/analyzer/test/**/*.test.ts',
  'examples/**/*.test.ts',
];

export default defineConfig({
  test: {
    reporters: ['default', './tools/plain-summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          globalSetup: 'setup/before-unit-tests.mjs',
          sequence: { groupOrder: 0 },
          include: ['{packages,services}/**/*.test.ts', 'setup/**/*.test.mjs'],
          exclude: ['**/node_modules/**', ...real],
          // Against tests that hang; a machine that others slow down must not meet it.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          globalSetup: 'setup/before-tests.mjs',
          sequence: { groupOrder: 1 },
          include: real,
          exclude: ['**/node_modules/**'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: 'setup/before-tests.mjs',
          sequence: { groupOrder: 2 },
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'hostile',
          globalSetup: 'setup/before-tests.mjs',
          sequence: { groupOrder: 3 },
          include: ['test/hostile/**/*.test.ts'],
          fileParallelism: false,
          // A thousand runs, each in a container of its own, take as long as that.
          testTimeout: 900_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
