// gRPC, both ends: deadlines, cancellation, errors, traces, health checking and reflection. The
// only package that imports a gRPC library.
export { type BoundService, bind } from './bind.ts';
export type {
  Authenticate,
  Authenticated,
  CallContext,
  CallOptions,
  Credentials,
  FaultLog,
  FinishedCall,
} from './call.ts';
export { connectRpc, type RpcClient, type RpcClientOptions } from './client.ts';
export type { Client, Implementation, ServiceDefinition } from './definition.ts';
export { type RpcServer, type RpcServerOptions, serveRpc } from './server.ts';
export type { ClientCertificates, ClientTls, ServerTls } from './tls.ts';
