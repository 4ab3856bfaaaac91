// One living container with its streams, from the moment its runner is ready.
import type { Duplex } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import type { Container } from 'dockerode';
import type {
  DriverPhases,
  ExecCommand,
  ExecProgram,
  ExitStatus,
  Program,
  Sandbox,
  SandboxLimits,
  SandboxUsage,
} from '../driver.ts';
import { killed } from '../exit-status.ts';
import { resourceLimits } from './container-options.ts';
import type { Outputs } from './demultiplex.ts';
import { tolerate } from './engine-error.ts';
import { startExec } from './exec-program.ts';
import { removeContainer } from './remove-container.ts';
import type { UsageMeter } from './usage-meter.ts';

/** The parts that `create` made. */
export interface DockerSandboxParts {
  readonly id: string;
  readonly phases: DriverPhases;
  readonly container: Container;
  readonly connection: Duplex;
  readonly outputs: Outputs;
  readonly meter: UsageMeter;
  /** Settles when the container has ended; never rejects. */
  readonly ended: Promise<void>;
  readonly destroyed: (sandbox: DockerSandbox) => void;
}

export class DockerSandbox implements Sandbox {
  readonly id: string;
  readonly phases: DriverPhases;
  readonly ended: Promise<void>;
  readonly #parts: DockerSandboxParts;
  #used = false;

  constructor(parts: DockerSandboxParts) {
    this.id = parts.id;
    this.phases = parts.phases;
    this.ended = parts.ended;
    this.#parts = parts;
  }

  async setLimits(limits: Pick<SandboxLimits, 'memoryBytes' | 'cpus' | 'pids'>): Promise<void> {
    await tolerate(this.#parts.container.update(resourceLimits(limits)));
  }

  run(job: Uint8Array): Program {
    if (this.#used)
      throw new PlatformError('failed_precondition', 'The sandbox was given a job already.');
    this.#used = true;
    const { connection, outputs } = this.#parts;
    connection.write(job);
    return { stdout: outputs.stdout, stderr: outputs.stderr, exit: this.#exit() };
  }

  exec(command: ExecCommand): Promise<ExecProgram> {
    return startExec(this.#parts.container, command);
  }

  async pause(): Promise<void> {
    await tolerate(this.#parts.container.pause());
  }

  async resume(): Promise<void> {
    await tolerate(this.#parts.container.unpause());
  }

  usage(): Promise<SandboxUsage> {
    return this.#parts.meter.read();
  }

  /**
   * The engine thaws a frozen container by itself when it kills it. It takes one for dead only
   * when its output has been fetched, so that is done whether or not anybody reads it.
   */
  async kill(): Promise<void> {
    await this.#parts.meter.read();
    const call = tolerate(this.#parts.container.kill(), 404, 409);
    this.#parts.outputs.drain();
    await call;
    await this.ended;
  }

  /** Hangs up first: what nobody has read by now is not fetched any more. */
  async destroy(): Promise<void> {
    this.#parts.connection.destroy();
    await removeContainer(this.#parts.container);
    await this.ended;
    this.#parts.destroyed(this);
  }

  /**
   * The last reading is taken when the init reports, while the container still exists. An init
   * that is gone without a report was killed, like everything else inside.
   */
  async #exit(): Promise<ExitStatus> {
    const status = await this.#parts.outputs.report;
    await this.#parts.meter.read();
    return status ?? killed;
  }
}
