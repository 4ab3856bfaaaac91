import { PrefetchRequest, type Template } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import type { ScriptedSandbox } from '../testing/scripted-driver.ts';
import { createTestNode, leaseRequest, never, template } from '../testing/test-node.ts';
import { until } from '../testing/until.ts';

const served: Template = { ...template('served'), lsp_server: ['lsp', '--stdio'] };

async function leased(name = 'served') {
  const node = createTestNode();
  node.stock.setCatalogue(
    new Map([
      ['served', served],
      ['python', template('python')],
    ]),
  );
  const lease = await node.leases.lease(leaseRequest({ template: name }), never);
  const request = (resource: string, change: Partial<PrefetchRequest> = {}) =>
    PrefetchRequest.fromPartial({ lease, resource, ...change });
  const fetch = (resource: string, change: Partial<PrefetchRequest> = {}) =>
    node.prefetches.fetch(request(resource, change), never);
  return { node, lease, sandbox: node.driver.sandbox(), fetch };
}

async function commandOf(sandbox: ScriptedSandbox, nth = 0) {
  await until(() => sandbox.commands.length > nth);
  const command = sandbox.commands[nth];
  if (command === undefined) throw new Error('no command');
  return command;
}

const files = { command: ['find', '.'], context: { project: 'x y' } };

it('runs a command with the context, and says how much it gathered', async () => {
  const { sandbox, fetch } = await leased();
  const fetching = fetch('project_files', files);
  const command = await commandOf(sandbox);
  expect(command.command.argv.slice(3)).toEqual(['project_files', 'find', '.']);
  expect(command.command.env).toEqual({ PREFETCH_PROJECT: 'x y' });
  command.stdout.write('1234\n');
  command.finish({ kind: 'exited', code: 0 });
  expect(await fetching).toEqual({
    fetched: true,
    detail: '1234 bytes in /tmp/.prefetch/project_files',
  });
});

it('does each resource once for each context, and again where it failed', async () => {
  const { sandbox, fetch } = await leased();
  const fetching = fetch('project_files', files);
  const again = fetch('project_files', { ...files, context: { project: 'x y' } });
  (await commandOf(sandbox)).finish({ kind: 'exited', code: 0 });
  expect([(await fetching).fetched, (await again).fetched]).toEqual([true, false]);
  const other = fetch('project_files', { ...files, context: { project: 'z' } });
  const failing = await commandOf(sandbox, 1);
  failing.stderr.write('find: no such file');
  failing.finish({ kind: 'exited', code: 1 });
  await expect(other).rejects.toMatchObject({
    code: 'failed_precondition',
    message: 'project_files cannot be gathered: find: no such file',
  });
  void fetch('project_files', { ...files, context: { project: 'z' } });
  await commandOf(sandbox, 2);
});

it('kills a command that takes too long', async () => {
  const { node, sandbox, fetch } = await leased();
  const slow = expect(fetch('git_history', files)).rejects.toMatchObject({
    code: 'failed_precondition',
  });
  const command = await commandOf(sandbox);
  node.clock.advance(30_000);
  await slow;
  expect(command.kills).toBe(1);
});

it('starts one language server, and another once that has ended', async () => {
  const { node, sandbox, fetch } = await leased();
  const starting = fetch('lsp_server', { context: { path: 'a.ts' } });
  const server = await commandOf(sandbox);
  expect(server.command.argv.slice(3)).toEqual(['lsp_server', 'lsp', '--stdio']);
  node.clock.advance(300);
  expect(await starting).toMatchObject({ fetched: true });
  expect(await fetch('lsp_server', { context: { path: 'b.ts' } })).toMatchObject({
    fetched: false,
  });
  server.finish({ kind: 'exited', code: 0 });
  await until(() => {
    void fetch('lsp_server').catch(() => undefined);
    return sandbox.commands.length === 2;
  });
});

it('says why a language server does not start', async () => {
  const { sandbox, fetch } = await leased();
  const starting = expect(fetch('lsp_server')).rejects.toMatchObject({
    message: 'The language server has ended: lsp: not found',
  });
  const server = await commandOf(sandbox);
  server.stderr.write('lsp: not found');
  server.finish({ kind: 'exited', code: 127 });
  await starting;
  await expect((await leased('python')).fetch('lsp_server')).rejects.toMatchObject({
    message: 'python has no lsp_server',
  });
});

it.each([
  ['a resource that could be a path', '../x', { command: ['true'] }, 'resource'],
  ['no command', 'project_files', {}, 'command'],
  ['a command for what it knows itself', 'dependencies', { command: ['true'] }, 'command'],
  ['a context that is no variable', 'x', { command: ['true'], context: { 'a=b': '' } }, 'context'],
])('refuses %s', async (_, resource, change, field) => {
  const { fetch } = await leased();
  await expect(fetch(resource, change)).rejects.toMatchObject({
    code: 'invalid_argument',
    details: [{ field: expect.stringContaining(field) }],
  });
});

it('needs the token of a lease', async () => {
  const { node, lease } = await leased();
  const wrong = PrefetchRequest.fromPartial({
    lease: { sandboxId: lease.sandboxId, token: 'x' },
    resource: 'dependencies',
  });
  await expect(node.prefetches.fetch(wrong, never)).rejects.toMatchObject({
    code: 'permission_denied',
  });
});
