// What a new leader learns before it begins: which attempts are under way on which node, and which
// ids have a result. The order matters: a run leaves its node's list after its result was stored,
// so asking the nodes first and the result store second misses nothing.
import { PlatformError } from '@pilotlight/contracts';
import type { ExecutionBook } from './execution-book.ts';
import type { KnownNode, NodeInventory } from './node-inventory.ts';
import type { CallNode, Log } from './ports.ts';
import type { RequestLog } from './request-log.ts';
import type { Running } from './run-attempt.ts';

const askTimeoutMs = 2_000;

export interface RecoveryDeps {
  readonly inventory: NodeInventory;
  readonly callNode: CallNode;
  readonly requests: RequestLog;
  readonly book: ExecutionBook;
  readonly log: Log;
  readonly epoch: number;
  readonly term: AbortSignal;
}

export interface Recovered {
  /** By execution id; the latest attempt where there are several. */
  readonly underWay: Map<string, Running>;
  /** Some node did not answer in time, so it may be running more. */
  readonly nodesUnasked: boolean;
}

/** Notes the ended ids in the book. Takes 2 s at most for the nodes that are silent. */
export async function recover(deps: RecoveryDeps): Promise<Recovered> {
  const answers = await Promise.all(deps.inventory.all().map((node) => askNode(deps, node)));
  const underWay = new Map<string, Running>();
  for (const { id, running } of answers.flatMap((answer) => answer.runs)) {
    const other = underWay.get(id);
    if (other === undefined || other.attempt < running.attempt) underWay.set(id, running);
  }
  for (const id of await deps.requests.endedIds()) deps.book.noteEnded(id);
  return { underWay, nodesUnasked: answers.some((answer) => answer.unasked) };
}

interface Answer {
  readonly runs: readonly { readonly id: string; readonly running: Running }[];
  readonly unasked: boolean;
}

async function askNode(deps: RecoveryDeps, { status }: KnownNode): Promise<Answer> {
  const node = deps.callNode(status);
  const scope = { signal: deps.term, timeoutMs: askTimeoutMs };
  try {
    const { incarnation, runs } = await node.listRuns({ epoch: deps.epoch }, scope);
    const found = runs.map(({ attempt, executionId }) => {
      const running = { kind: 'running', attempt, node: status.node, incarnation } as const;
      return { id: executionId, running };
    });
    return { runs: found, unasked: false };
  } catch (thrown) {
    const error = PlatformError.from(thrown);
    if (deps.term.aborted) throw error;
    deps.log.warn({ err: error, node: status.node }, 'recovery: a node does not say what it runs');
    // Nobody listens at the address of an executor that has ended, and its runs ended with it.
    return { runs: [], unasked: error.code !== 'unavailable' };
  }
}
