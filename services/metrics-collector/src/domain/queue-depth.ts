// How many requests wait, from the number of messages on each subject of the request log.
import { parseRequestSubject, type Queue, queueOf } from '@pilotlight/contracts';

const queues = ['priority', 'standard'] as const satisfies readonly Queue[];

export interface QueueDepth {
  readonly queue: Queue;
  readonly language: string;
  readonly depth: number;
}

/**
 * One entry for each queue and language, 0 where nothing waits. `languages` maps every name that a
 * request may use to its label; requests for what no template runs are `unknown`.
 */
export function queueDepths(
  counts: ReadonlyMap<string, number>,
  languages: ReadonlyMap<string, string>,
): QueueDepth[] {
  const depths = new Map<string, QueueDepth>();
  for (const language of languages.values()) {
    for (const queue of queues) depths.set(`${queue} ${language}`, { queue, language, depth: 0 });
  }
  for (const [subject, count] of counts) {
    const tokens = parseRequestSubject(subject);
    if (tokens === undefined) continue;
    const language = languages.get(tokens.language) ?? 'unknown';
    const queue = queueOf(tokens.priority);
    const key = `${queue} ${language}`;
    depths.set(key, { queue, language, depth: (depths.get(key)?.depth ?? 0) + count });
  }
  return [...depths.values()];
}
