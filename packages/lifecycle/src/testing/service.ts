// A service for tests in a process of its own. Its first argument says what is wrong with it.
import { once } from 'node:events';
import { ConfigError } from '@pilotlight/config';
import { runService } from '../index.ts';

const [fault] = process.argv.slice(2);

await runService(
  'tested',
  async ({ logger, scope, signal }) => {
    // Stands for the servers that keep a real service alive.
    const alive = setInterval(() => {}, 60_000);
    scope.defer('alive', () => clearInterval(alive));
    scope.defer('first', () => logger.info('first released'));
    scope.defer('second', async () => {
      if (fault === 'hangs' || fault === 'slow_release') await new Promise(() => {});
      if (fault === 'release_fails') throw new Error('second is stuck');
      logger.info('second released');
    });
    if (fault === 'bad_config') {
      throw new ConfigError([{ variable: 'PILOTLIGHT_X', problem: 'must be set' }]);
    }
    if (fault === 'start_fails') throw new TypeError('a fault in the code');
    if (fault === 'slow_start') {
      logger.info('starting');
      await once(signal, 'abort');
      throw signal.reason;
    }
    if (fault === 'rejects') setImmediate(() => Promise.reject(new Error('nobody caught this')));
  },
  { graceMs: fault === 'hangs' ? 200 : 10_000 },
);
