// One living container with its streams, from the moment its runner is ready.
import type { Duplex } from 'node:stream';
import { type IsolationLevel, PlatformError } from '@pilotlight/contracts';
import type { Container } from 'dockerode';
import type {
  DriverPhases,
  ExecCommand,
  ExecProgram,
  ExitStatus,
  JobOptions,
  JobProgram,
  Program,
  Sandbox,
  SandboxLimits,
  SandboxUsage,
} from '../driver.ts';
import { killed } from '../exit-status.ts';
import { type MemoryFiles, swapOut } from '../hibernation.ts';
import type { SandboxNetwork } from '../network/sandbox-network.ts';
import { resourceLimits } from './container-options.ts';
import type { Outputs } from './demultiplex.ts';
import { engineFault, engineStatus, tolerate } from './engine-error.ts';
import { startExec } from './exec-program.ts';
import { programInput, signalProgram } from './program-input.ts';
import { removeContainer } from './remove-container.ts';
import type { UsageMeter } from './usage-meter.ts';

const watchIntervalMs = 20;

const pauseAttempts = 3;

/** Bytes of memory and swap that no sandbox is given. The engine ignores -1, which means no limit. */
const moreThanAny = 2 ** 40;

/** runc gives up when a busy program on a busy host does not stand still within its tries. */
async function pauseContainer(container: Container, attempt = 1): Promise<void> {
  try {
    await container.pause();
  } catch (error) {
    if (engineStatus(error) !== 500 || attempt === pauseAttempts) throw engineFault(error);
    await pauseContainer(container, attempt + 1);
  }
}

/** The memory of a container, or why it cannot be moved out of the way. */
export type Hibernation = MemoryFiles | { readonly reason: string };

/** The parts that `create` made. */
export interface DockerSandboxParts {
  readonly id: string;
  readonly isolation: IsolationLevel;
  readonly phases: DriverPhases;
  readonly container: Container;
  readonly connection: Duplex;
  readonly outputs: Outputs;
  readonly meter: UsageMeter;
  readonly network: SandboxNetwork;
  /** Where its memory can be moved out of the way; else why it cannot. */
  readonly hibernation: Hibernation;
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
  #paused = false;
  #isEnded = false;
  #swapping: Promise<void> | undefined;

  constructor(parts: DockerSandboxParts) {
    this.id = parts.id;
    this.phases = parts.phases;
    this.ended = parts.ended;
    this.#parts = parts;
    void parts.ended.then(() => {
      this.#isEnded = true;
      return parts.network.close();
    });
  }

  async setLimits(limits: Pick<SandboxLimits, 'memoryBytes' | 'cpus' | 'pids'>): Promise<void> {
    const { container, isolation } = this.#parts;
    // runsc sets the memory before the memory with swap, which must not be the smaller one meanwhile.
    if (isolation === 'gvisor') await tolerate(container.update({ MemorySwap: moreThanAny }));
    await tolerate(container.update(resourceLimits(limits, isolation)));
  }

  /** The connection stays open after a job: its end is the end of the container. */
  run(job: Uint8Array, { isStaged = false, isInteractive = false }: JobOptions = {}): JobProgram {
    const { connection, container } = this.#parts;
    const program = this.watch();
    connection.write(job);
    let waits = isStaged;
    return {
      ...program,
      stdin: isInteractive ? programInput(container, connection) : undefined,
      signal: async (name) => {
        if (isInteractive && !this.#isEnded) await signalProgram(container, name);
      },
      proceed() {
        if (waits) connection.write('\n');
        waits = false;
      },
    };
  }

  watch(): Program {
    if (this.#used)
      throw new PlatformError('failed_precondition', 'The sandbox was given a job already.');
    this.#used = true;
    if (this.#parts.isolation === 'gvisor') this.#watchUsage();
    const { stdout, stderr } = this.#parts.outputs;
    return { stdout, stderr, exit: this.#exit() };
  }

  connect(port: number): Promise<Duplex> {
    return this.#parts.network.connect(port);
  }

  openEgress(): Promise<void> {
    return this.#parts.network.openEgress();
  }

  exec(command: ExecCommand): Promise<ExecProgram> {
    return startExec(this.#parts.container, command);
  }

  async pause(): Promise<void> {
    if (this.#paused) return;
    await pauseContainer(this.#parts.container);
    this.#paused = true;
  }

  async hibernate(): Promise<void> {
    const { hibernation } = this.#parts;
    if ('reason' in hibernation) throw new PlatformError('unavailable', hibernation.reason);
    const wasPaused = this.#paused;
    await this.pause();
    this.#swapping ??= swapOut(hibernation).finally(() => {
      this.#swapping = undefined;
    });
    try {
      await this.#swapping;
    } catch (thrown) {
      if (!wasPaused) await this.resume();
      throw PlatformError.from(thrown);
    }
  }

  /** A program that ran while its memory is being pushed out would find no room at all. */
  async resume(): Promise<void> {
    await this.#swapping?.catch(() => undefined);
    if (!this.#paused) return;
    await tolerate(this.#parts.container.unpause());
    this.#paused = false;
  }

  usage(): Promise<SandboxUsage> {
    return this.#parts.meter.read();
  }

  async resetPeakMemory(): Promise<void> {
    this.#parts.meter.resetPeak();
  }

  /**
   * The engine thaws a frozen container by itself when it kills it. It takes one for dead only
   * when its output has been fetched, so that is done whether or not anybody reads it. It does not
   * get through to a frozen gVisor, which is thawed first, for a moment.
   */
  async kill(): Promise<void> {
    if (this.#parts.isolation === 'gvisor') await this.resume().catch(() => undefined);
    await this.#parts.meter.read();
    const call = tolerate(this.#parts.container.kill(), 404, 409);
    this.#parts.outputs.drain();
    await call;
    await this.ended;
  }

  /** Hangs up first: what nobody has read by now is not fetched any more. */
  async destroy(): Promise<void> {
    if (this.#parts.isolation === 'gvisor') await this.resume().catch(() => undefined);
    this.#parts.connection.destroy();
    await removeContainer(this.#parts.container);
    await this.ended;
    await this.#parts.network.close();
    this.#parts.destroyed(this);
  }

  /**
   * Running out of memory ends gVisor with everything in it. The control group tells of that for 60 ms,
   * and the engine only afterwards that anything has ended.
   */
  #watchUsage(): void {
    const looking = setInterval(() => this.#parts.meter.glance(), watchIntervalMs);
    void this.ended.then(() => clearInterval(looking));
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
