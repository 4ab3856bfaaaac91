// One living sandbox of the `oci` driver.
import { PlatformError } from '@pilotlight/contracts';
import type {
  DriverPhases,
  ExecCommand,
  ExecProgram,
  Program,
  Sandbox,
  SandboxUsage,
} from '../driver.ts';
import type { Group, GroupLimits } from './cgroup.ts';
import { freezeGroup, killGroup, removeDirectory, removeGroupFully } from './dispose.ts';
import type { ProcessStreams } from './streams.ts';

export interface OciSandboxParts {
  readonly id: string;
  readonly phases: DriverPhases;
  readonly streams: ProcessStreams;
  readonly group: Group;
  readonly bundle: string;
  exec(command: ExecCommand, serial: number): Promise<ExecProgram>;
  /** Called once, when everything of the sandbox is gone. */
  released(): void;
}

export class OciSandbox implements Sandbox {
  readonly id: string;
  readonly phases: DriverPhases;
  readonly ended: Promise<void>;
  readonly #parts: OciSandboxParts;
  #isEnded = false;
  #hasRun = false;
  #execs = 0;
  #destroyed: Promise<void> | undefined;

  constructor(parts: OciSandboxParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.phases = parts.phases;
    this.ended = parts.streams.ended;
    void this.ended.then(() => {
      this.#isEnded = true;
    });
  }

  async setLimits(limits: GroupLimits): Promise<void> {
    this.#parts.group.setLimits(limits);
  }

  run(job: Uint8Array): Program {
    if (this.#hasRun) {
      throw new PlatformError('failed_precondition', 'This sandbox has had its job already.');
    }
    this.#hasRun = true;
    const { stdin, stdout, stderr, exit } = this.#parts.streams;
    stdin.write(job, () => stdin.destroy());
    return { stdout, stderr, exit };
  }

  exec(command: ExecCommand): Promise<ExecProgram> {
    if (this.#isEnded || this.#destroyed !== undefined) {
      return Promise.reject(new PlatformError('failed_precondition', 'The sandbox has ended.'));
    }
    return this.#parts.exec(command, this.#execs++);
  }

  pause(): Promise<void> {
    return freezeGroup(this.#parts.group);
  }

  async resume(): Promise<void> {
    this.#parts.group.thaw();
  }

  async usage(): Promise<SandboxUsage> {
    return this.#parts.group.usage();
  }

  async kill(): Promise<void> {
    await killGroup(this.#parts.group, () => this.#isEnded);
  }

  destroy(): Promise<void> {
    this.#destroyed ??= this.#destroy();
    return this.#destroyed;
  }

  async #destroy(): Promise<void> {
    await this.kill();
    await removeGroupFully(this.#parts.group);
    this.#parts.streams.close();
    await removeDirectory(this.#parts.bundle);
    this.#parts.released();
  }
}
