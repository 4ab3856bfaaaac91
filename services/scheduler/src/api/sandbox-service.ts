// SandboxService: answered here by the leader, relayed to it by everyone else.
import type { SandboxServiceDefinition } from '@pilotlight/contracts';
import type { Client, Implementation } from '@pilotlight/rpc';
import type { Leadership } from '../app/leadership.ts';
import { ledCall, ledStream } from './led-call.ts';

type Service = Implementation<typeof SandboxServiceDefinition>;

interface SandboxPeer {
  readonly sandboxes: Client<typeof SandboxServiceDefinition>;
}

export function sandboxService<Peer extends SandboxPeer>(leadership: Leadership<Peer>): Service {
  const held =
    (
      method: 'getSandbox' | 'keepAlive' | 'pauseSandbox' | 'resumeSandbox',
    ): Service[typeof method] =>
    (ref, context) =>
      ledCall(leadership, context, {
        here: ({ leases }) => leases.call(method, ref, context),
        there: ({ sandboxes }) => sandboxes[method](ref, context),
      });
  return {
    acquireSandbox: (request, context) =>
      ledCall(leadership, context, {
        here: ({ acquire }) => acquire.acquire(request, context),
        there: ({ sandboxes }) => sandboxes.acquireSandbox(request, context),
      }),
    getSandbox: held('getSandbox'),
    keepAlive: held('keepAlive'),
    pauseSandbox: held('pauseSandbox'),
    resumeSandbox: held('resumeSandbox'),
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
    exec: (requests, context) =>
      ledStream(leadership, context, {
        here: ({ leases }) => leases.exec(requests, context),
        there: ({ sandboxes }) => sandboxes.exec(requests, context),
      }),
  };
}
