// SandboxService: answered here by the leader, relayed to it by everyone else.
import type { SandboxServiceDefinition } from '@pilotlight/contracts';
import type { Client, Implementation } from '@pilotlight/rpc';
import type { Leadership } from '../app/leadership.ts';
import type { HeldCall } from '../app/leases.ts';
import { ledCall, ledStream } from './led-call.ts';
import type { CountCall } from './rate-limit.ts';

type Service = Implementation<typeof SandboxServiceDefinition>;

interface SandboxPeer {
  readonly sandboxes: Client<typeof SandboxServiceDefinition>;
}

export function sandboxService<Peer extends SandboxPeer>(
  leadership: Leadership<Peer>,
  count: CountCall,
): Service {
  const held =
    (method: HeldCall): Service[HeldCall] =>
    (ref, context) =>
      ledCall(leadership, context, {
        here: ({ leases }) => leases.call(method, ref, context),
        there: ({ sandboxes }) => sandboxes[method](ref, context),
      });
  return {
    async acquireSandbox(request, context) {
      await count(context);
      return ledCall(leadership, context, {
        here: ({ acquire }) => acquire.acquire(request, context),
        there: ({ sandboxes }) => sandboxes.acquireSandbox(request, context),
      });
    },
    getSandbox: held('getSandbox'),
    keepAlive: held('keepAlive'),
    pauseSandbox: held('pauseSandbox'),
    resumeSandbox: held('resumeSandbox'),
    hibernateSandbox: held('hibernateSandbox'),
    listSandboxes: (request, context) =>
      ledCall(leadership, context, {
        here: ({ leases }) => leases.list(request.template, context),
        there: ({ sandboxes }) => sandboxes.listSandboxes(request, context),
      }),
    releaseSandbox: (ref, context) =>
      ledCall(leadership, context, {
        here: ({ leases }) => leases.release(ref, context),
        there: ({ sandboxes }) => sandboxes.releaseSandbox(ref, context),
      }),
    installPackages: (request, context) =>
      ledCall(leadership, context, {
        here: ({ leases }) => leases.installPackages(request, context),
        there: ({ sandboxes }) => sandboxes.installPackages(request, context),
      }),
    exec: (requests, context) =>
      ledStream(leadership, context, {
        here: ({ leases }) => leases.exec(requests, context),
        there: ({ sandboxes }) => sandboxes.exec(requests, context),
      }),
    writeFiles: (requests, context) =>
      ledCall(leadership, context, {
        here: ({ leases }) => leases.writeFiles(requests, context),
        there: ({ sandboxes }) => sandboxes.writeFiles(requests, context),
      }),
    readFile: (request, context) =>
      ledStream(leadership, context, {
        here: ({ leases }) => leases.readFile(request, context),
        there: ({ sandboxes }) => sandboxes.readFile(request, context),
      }),
    listFiles: (request, context) =>
      ledCall(leadership, context, {
        here: ({ leases }) => leases.listFiles(request, context),
        there: ({ sandboxes }) => sandboxes.listFiles(request, context),
      }),
    connectPort: (requests, context) =>
      ledStream(leadership, context, {
        here: ({ leases }) => leases.connectPort(requests, context),
        there: ({ sandboxes }) => sandboxes.connectPort(requests, context),
      }),
  };
}
