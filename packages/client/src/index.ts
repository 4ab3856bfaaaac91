// What a user's TypeScript program imports to lease sandboxes and run code.
export { PlatformError } from '@pilotlight/contracts';
export type { OutputListeners } from './captured.ts';
export * from './connect.ts';
export type {
  CommandExit,
  ExecOptions,
  ExecOutcome,
  RunningCommand,
  StartOptions,
} from './exec.ts';
export type {
  CompileOutcome,
  ExecutionUpdate,
  RunListeners,
  RunOutcome,
  WatchOptions,
} from './executions.ts';
export type { ListFilesOptions, WorkspaceFile, WriteFilesOptions } from './files.ts';
export type { GetFunctionOptions, ListFunctionsOptions } from './functions.ts';
export type { RunInput, SendInputOptions } from './input.ts';
export type { KeyAdministration, NewKey, NewKeyOptions, NewProjectOptions } from './keys.ts';
export type { ConnectPortOptions } from './ports.ts';
export { type Acknowledgement, createPublisher, type Publisher } from './publisher.ts';
export type { Content, RunRequest } from './request.ts';
export type { AcquireOptions, LeasedSandbox, SandboxHandle } from './sandbox.ts';
export type { ActivityOptions, AnalyzeOptions, StatsOptions, StatsRange } from './stats.ts';
