// Reads the last words of the init in a sandbox: after a NUL and a nonce on stderr it says how the
// program ended, which the exit code of a container cannot (`exit 137` looks like SIGKILL).
import { Buffer } from 'node:buffer';
import type { ExitStatus } from '../driver.ts';
import { parseExitReport } from '../exit-status.ts';

const empty = Buffer.alloc(0);
const maxReportBytes = 32;

/**
 * Takes stderr apart into the program's own bytes and the init's report. Bytes that could be the
 * beginning of the report are held back until the next ones decide; what follows a report (left
 * by orphans that are being killed) is dropped.
 */
export class ExitReportReader {
  readonly #marker: Buffer;
  readonly #report: (status: ExitStatus) => void;
  #held = empty;
  #state: 'output' | 'report' | 'done' = 'output';

  /** `nonce` is hexadecimal; `report` is called once at most. */
  constructor(nonce: string, report: (status: ExitStatus) => void) {
    this.#marker = Buffer.from(`\0${nonce} `, 'latin1');
    this.#report = report;
  }

  /** The bytes of `chunk` and of what was held back that are the program's own. */
  push(chunk: Buffer): Buffer {
    if (this.#state === 'done') return empty;
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#state === 'report') return this.#readReport(bytes);
    const at = bytes.indexOf(this.#marker);
    if (at >= 0) {
      this.#readReport(bytes.subarray(at + this.#marker.length));
      return bytes.subarray(0, at);
    }
    const own = bytes.length - this.#undecided(bytes);
    this.#held = Buffer.from(bytes.subarray(own));
    return bytes.subarray(0, own);
  }

  /** The stream has ended: what was held back was the program's own after all. */
  end(): Buffer {
    return this.#state === 'output' ? this.#held : empty;
  }

  /** How many bytes at the end may begin the marker, in which NUL is only the first. */
  #undecided(bytes: Buffer): number {
    const start = bytes.lastIndexOf(0);
    if (start < 0) return 0;
    const tail = bytes.subarray(start);
    return tail.equals(this.#marker.subarray(0, tail.length)) ? tail.length : 0;
  }

  #readReport(bytes: Buffer): Buffer {
    const end = bytes.indexOf('\n');
    if (end < 0 && bytes.length < maxReportBytes) {
      this.#state = 'report';
      this.#held = Buffer.from(bytes);
      return empty;
    }
    this.#state = 'done';
    this.#held = empty;
    const status = parseExitReport(bytes.toString('latin1', 0, Math.max(0, end)));
    if (status !== undefined) this.#report(status);
    return empty;
  }
}
