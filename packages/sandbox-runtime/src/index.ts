// What an executor needs to make sandboxes.
export type {
  DriverCapabilities,
  DriverPhases,
  ExecCommand,
  ExecProgram,
  ExitStatus,
  PlatformFile,
  Program,
  Sandbox,
  SandboxDriver,
  SandboxLimits,
  SandboxSpec,
  SandboxTrace,
  SandboxUsage,
} from './driver.ts';
export { createFakeDriver, type FakeDriver, type FakeDriverOptions } from './fake/fake-driver.ts';
export { encodeJob, type Job } from './job.ts';
export { type OpenDriverOptions, openDriver } from './open-driver.ts';
