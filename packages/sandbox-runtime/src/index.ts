// What an executor needs to make sandboxes.
export type {
  Artefacts,
  Capability,
  DriverCapabilities,
  DriverPhases,
  ExecCommand,
  ExecProgram,
  ExitStatus,
  JobOptions,
  JobProgram,
  PlatformFile,
  PreparedTemplate,
  Program,
  Sandbox,
  SandboxDriver,
  SandboxLimits,
  SandboxSpec,
  SandboxTemplate,
  SandboxTrace,
  SandboxUsage,
  TerminalSize,
} from './driver.ts';
export { createFakeDriver, type FakeDriver, type FakeDriverOptions } from './fake/fake-driver.ts';
export { encodeJob, type Job } from './job.ts';
export { type OpenDriverOptions, openDriver } from './open-driver.ts';
export { type PackageLayer, PackageLayers, type PackageSet } from './packages/package-layers.ts';
