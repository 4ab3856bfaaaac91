import { describe, expect, it } from 'vitest';
import { Scope } from './scope.ts';

describe('a scope', () => {
  it('releases last in, first out, one after another', async () => {
    const scope = new Scope();
    const log: string[] = [];
    for (const name of ['bus', 'driver', 'server']) {
      scope.defer(name, async () => {
        log.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`${name} ends`);
      });
    }
    await scope.close();
    expect(log).toEqual(
      ['server', 'driver', 'bus'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
  });

  it('goes on past failures and reports them together', async () => {
    const scope = new Scope();
    const log: string[] = [];
    scope.defer('bus', () => {
      log.push('bus');
    });
    scope.defer('driver', () => Promise.reject(new Error('one')));
    scope.defer('server', () => {
      throw new Error('two');
    });
    const failure = await scope.close().catch((thrown: unknown) => thrown);
    expect(log).toEqual(['bus']);
    expect(failure).toBeInstanceOf(AggregateError);
    expect(failure).toMatchObject({
      message: 'server was not released cleanly; driver was not released cleanly',
      errors: [{ cause: new Error('two') }, { cause: new Error('one') }],
    });
  });

  it('releases once, however often it is closed', async () => {
    const scope = new Scope();
    let releases = 0;
    scope.defer('bus', () => {
      releases += 1;
    });
    await Promise.all([scope.close(), scope.close()]);
    expect(releases).toBe(1);
  });

  it('takes nothing after its end', async () => {
    const scope = new Scope();
    await scope.close();
    expect(() => scope.defer('late', () => {})).toThrow('"late" was acquired after the end');
  });
});
