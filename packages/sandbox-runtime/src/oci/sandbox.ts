// One living sandbox of the `oci` driver.
import type { Duplex } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import type {
  Capability,
  DriverPhases,
  ExecCommand,
  ExecProgram,
  JobOptions,
  JobProgram,
  Program,
  Sandbox,
  SandboxUsage,
} from '../driver.ts';
import { swapOut } from '../hibernation.ts';
import type { SandboxNetwork } from '../network/sandbox-network.ts';
import { signalCommand } from '../signal-program.ts';
import type { Group, GroupLimits } from './cgroup.ts';
import { freezeGroup, killGroup, removeDirectory, removeGroupFully } from './dispose.ts';
import { programSignaller } from './program-signal.ts';
import type { ProcessStreams } from './streams.ts';

export interface OciSandboxParts {
  readonly id: string;
  readonly phases: DriverPhases;
  readonly streams: ProcessStreams;
  readonly group: Group;
  readonly network: SandboxNetwork;
  /** Whether its memory can be moved out of the way. */
  readonly hibernation: Capability;
  readonly bundle: string;
  /** Whether its processes are seen from inside only. */
  readonly isGvisor: boolean;
  exec(command: ExecCommand): Promise<ExecProgram>;
  /** What its control group has to hold so that the program is held to these limits. */
  toHold(limits: GroupLimits): GroupLimits;
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
  #swapping: Promise<void> | undefined;
  #destroyed: Promise<void> | undefined;

  constructor(parts: OciSandboxParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.phases = parts.phases;
    this.ended = parts.streams.ended;
    void this.ended.then(() => {
      this.#isEnded = true;
      void parts.network.close();
    });
  }

  async setLimits(limits: GroupLimits): Promise<void> {
    this.#parts.group.setLimits(this.#parts.toHold(limits));
  }

  run(job: Uint8Array, { isStaged = false, isInteractive = false }: JobOptions = {}): JobProgram {
    const { stdin } = this.#parts.streams;
    const program = this.watch();
    const signal = isInteractive ? this.#signaller() : async () => undefined;
    const close = () => {
      if (!isInteractive) stdin.destroy();
    };
    stdin.write(job, () => {
      if (!isStaged) close();
    });
    let waits = isStaged;
    return {
      ...program,
      stdin: isInteractive ? stdin : undefined,
      signal,
      proceed() {
        if (waits) stdin.write('\n', close);
        waits = false;
      },
    };
  }

  /** To be asked for while nothing but the waiting runner is below the init. */
  #signaller(): JobProgram['signal'] {
    const { group, isGvisor } = this.#parts;
    if (isGvisor) return (name) => this.#signalInside(name);
    const send = programSignaller(group);
    return async (name) => {
      if (!this.#isEnded) send(name);
    };
  }

  async #signalInside(name: NodeJS.Signals): Promise<void> {
    if (this.#isEnded) return;
    const command = await this.exec({ argv: signalCommand(name), cwd: '/' });
    command.stdin.end();
    command.stdout.resume();
    command.stderr.resume();
    await command.exit;
  }

  watch(): Program {
    if (this.#hasRun) {
      throw new PlatformError('failed_precondition', 'This sandbox has had its job already.');
    }
    this.#hasRun = true;
    const { stdout, stderr, exit } = this.#parts.streams;
    return { stdout, stderr, exit };
  }

  connect(port: number): Promise<Duplex> {
    return this.#parts.network.connect(port);
  }

  openEgress(): Promise<void> {
    return this.#parts.network.openEgress();
  }

  exec(command: ExecCommand): Promise<ExecProgram> {
    if (this.#isEnded || this.#destroyed !== undefined) {
      return Promise.reject(new PlatformError('failed_precondition', 'The sandbox has ended.'));
    }
    return this.#parts.exec(command);
  }

  pause(): Promise<void> {
    return freezeGroup(this.#parts.group);
  }

  async hibernate(): Promise<void> {
    const { hibernation, group } = this.#parts;
    if (!hibernation.available) throw new PlatformError('unavailable', hibernation.reason);
    const wasFrozen = group.frozen();
    await this.pause();
    this.#swapping ??= swapOut(group.memory).finally(() => {
      this.#swapping = undefined;
    });
    try {
      await this.#swapping;
    } catch (thrown) {
      if (!wasFrozen) group.thaw();
      throw PlatformError.from(thrown);
    }
  }

  /** A program that ran while its memory is being pushed out would find no room at all. */
  async resume(): Promise<void> {
    await this.#swapping?.catch(() => undefined);
    this.#parts.group.thaw();
  }

  async usage(): Promise<SandboxUsage> {
    return this.#parts.group.usage();
  }

  async resetPeakMemory(): Promise<void> {
    this.#parts.group.resetPeak();
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
    await this.#parts.network.close();
    await removeGroupFully(this.#parts.group);
    this.#parts.streams.close();
    await removeDirectory(this.#parts.bundle);
    this.#parts.released();
  }
}
