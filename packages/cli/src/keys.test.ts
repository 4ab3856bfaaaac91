// `keys`, `projects` and `plans` as processes, against a platform in memory.
import { type InMemoryPlatform, startInMemoryPlatform } from '@pilotlight/client/testing';
import { isKey } from '@pilotlight/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeEndpoints } from './platform/endpoints.ts';
import { endpointsAt } from './testing/endpoints-in-memory.ts';
import { runCommand } from './testing/run-command.ts';
import { type TemporaryFolder, temporaryFolder } from './testing/temporary-folder.ts';

let folder: TemporaryFolder;
let platform: InMemoryPlatform;

beforeAll(async () => {
  folder = temporaryFolder();
  platform = await startInMemoryPlatform();
  writeEndpoints(folder.path, endpointsAt(platform.address));
});
afterAll(async () => {
  await platform.close();
  folder[Symbol.dispose]();
});

const here = (...args: string[]) => runCommand(['--data-dir', folder.path, ...args]);
const json = async (...args: string[]) => JSON.parse((await here(...args, '--json')).stdout);

describe('keys', () => {
  it('prints a new key alone, once, and says so beside it', async () => {
    expect(await here('keys', 'list')).toMatchObject({ stdout: 'No keys.\n' });
    const made = await here('keys', 'create', '-p', 'blue', '--name', 'ci\u001b[1A');
    const key = made.stdout.trimEnd();
    expect(isKey(key)).toBe(true);
    expect(made.stderr).toMatch(/shown this once.*keys revoke key-1/);
    const listed = await here('keys', 'list');
    expect(listed.stdout).toMatch(/^KEY +NAME +PROJECT /);
    expect(listed.stdout).toContain(String.raw`ci\x1b[1A`);
    expect(listed.stdout).toMatch(new RegExp(`\n${key.slice(0, 8)} .* active `));
    expect(listed.stdout + listed.stderr + made.stderr).not.toContain(key);
  });

  it('makes keys of one user, and of admins', async () => {
    const ofAnn = await json('keys', 'create', '-p', 'red', '-u', 'ann');
    expect(ofAnn).toMatchObject({ details: { project: 'red', user_id: 'ann', role: 'project' } });
    const admin = await json('keys', 'create', '-p', 'red', '--admin');
    expect(admin.details.role).toBe('admin');
    expect(await json('keys', 'list', '-p', 'red')).toHaveLength(2);
  });

  it('revokes by id, by what is shown of a key, and by the key itself', async () => {
    const keys = [];
    for (let n = 0; n < 3; n += 1) keys.push(await json('keys', 'create', '-p', 'green'));
    const [one, two, three] = keys;
    expect((await here('keys', 'revoke', one.details.id)).stdout).toMatch(
      / of green is revoked\.$/m,
    );
    await here('keys', 'revoke', two.details.prefix);
    await here('keys', 'revoke', three.key);
    const listed = await json('keys', 'list', '-p', 'green');
    expect(listed.every(({ active }: { active?: boolean }) => !active)).toBe(true);
    expect(await here('keys', 'revoke', 'csa_none')).toMatchObject({
      code: 66,
      stdout: '',
      stderr: 'There is no such key.\n',
    });
  });

  it('needs a project', async () => {
    const ran = await here('keys', 'create');
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('--project') });
  });
});

describe('projects', () => {
  it('makes them, lists them and puts them on plans', async () => {
    const made = await here('projects', 'create', 'My shop', '--slug', 'shop', '--plan', 'free');
    expect(made.stdout).toBe('shop is a project on the plan free.\n');
    const moved = await here('projects', 'plan', 'shop', 'premium');
    expect(moved.stdout).toBe('shop is on the plan premium now.\n');
    expect((await here('projects', 'list')).stdout).toMatch(/\nshop +My shop +premium +-$/m);
    expect(await json('projects', 'list')).toMatchObject([{ slug: 'blue' }, { plan: 'premium' }]);
    expect(await here('projects', 'plan', 'none', 'free')).toMatchObject({ code: 66 });
  });
});

describe('plans', () => {
  it('changes what is given, and leaves the rest', async () => {
    const set = ['plans', 'set', 'standard', '--requests', '500'];
    expect(await json(...set)).toMatchObject({ timeout: 30, requests_per_minute: 500 });
    const listed = (await here('plans', 'list')).stdout;
    expect(listed).toMatch(/\nstandard +normal +- +- +500 +- +30 s +-$/m);
  });

  it('makes one that there was not, and says what is wrong with a number', async () => {
    const made = await json('plans', 'set', 'trial', '--priority', 'low', '--memory', '128');
    expect(made).toMatchObject({ plan: 'trial', priority: 'low', memory_limit: 128, timeout: 0 });
    const wrong = await here('plans', 'set', 'trial', '--timeout', '31');
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('from 0 to 30') });
    const urgent = await here('plans', 'set', 'trial', '--priority', 'urgent');
    expect(urgent).toMatchObject({ code: 1, stderr: expect.stringContaining('high, normal, low') });
  });
});
