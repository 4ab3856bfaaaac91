// Turns a platform's events into a few lines for the person at the terminal.
import { milliseconds } from '../format/quantities.ts';
import type { PlatformEvent } from '../platform/events.ts';
import type { StatusLine } from '../status-line.ts';

/** The same complaint is shown again after so long at the earliest. */
const quietMs = 30_000;

const levelWords = { warn: 'warning', error: 'error' } as const;

export class Reporter {
  readonly #line: StatusLine;
  readonly #waitingFor = new Set<string>();
  readonly #saidAtMs = new Map<string, number>();
  #isStopping = false;

  constructor(line: StatusLine) {
    this.#line = line;
  }

  onEvent(event: PlatformEvent): void {
    switch (event.kind) {
      case 'starting':
        this.#waitingFor.add(event.name);
        break;
      case 'ready':
        this.#waitingFor.delete(event.name);
        this.#line.print(`${event.name} ready after ${milliseconds(event.afterMs)}`);
        break;
      case 'crashed': {
        const again = milliseconds(event.restartInMs);
        this.#line.print(`${event.name} ended (${event.reason}); starting it again in ${again}`);
        break;
      }
      case 'note':
        this.#complain(
          event.message,
          `${event.name}: ${levelWords[event.level]}: ${event.message}`,
        );
        break;
      case 'stopping':
        this.#line.update(`Stopping ${event.name}`);
        return;
    }
    this.#showProgress();
  }

  /** A line that stays. */
  say(text: string): void {
    this.#line.clear();
    this.#line.print(text);
  }

  /** From now on complaints stay in the logs: parts miss each other while they leave. */
  stopping(): void {
    this.#isStopping = true;
    this.say('Stopping.');
  }

  clear(): void {
    this.#line.clear();
  }

  #showProgress(): void {
    if (this.#waitingFor.size === 0) this.#line.clear();
    else if (!this.#isStopping) this.#line.update(`Starting ${[...this.#waitingFor].join(', ')}`);
  }

  /** Several services may have the same complaint; the first speaks for all. */
  #complain(message: string, text: string): void {
    const nowMs = performance.now();
    const saidMs = this.#saidAtMs.get(message);
    if (this.#isStopping || (saidMs !== undefined && nowMs - saidMs < quietMs)) return;
    if (this.#saidAtMs.size > 1_000) this.#saidAtMs.clear();
    this.#saidAtMs.set(message, nowMs);
    this.#line.print(text);
  }
}
