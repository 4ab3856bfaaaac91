// The service that a sandbox's holder calls, from the calling end.
import type { SandboxServiceDefinition } from '@pilotlight/contracts';
import type { Client } from '@pilotlight/rpc';

export type SandboxRpc = Client<SandboxServiceDefinition>;
