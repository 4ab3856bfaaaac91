// The questions that operators have: what happened, where starts lose time, what a change brought.
import {
  type Activity,
  type AnalyzeRequest,
  type AnalyzeResponse,
  type Change,
  type FieldError,
  type GetStatsRequest,
  invalidFields,
  type ListActivityRequest,
  type RecordChangeRequest,
  type Stats,
  type Suggestion,
  type TemplateAnalysis,
  type TimeRange,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { analyseTemplate } from '../domain/analysis/analyse-template.ts';
import { realisedChange } from '../domain/analysis/changes.ts';
import { wantsDemand } from '../domain/analysis/smallest-pool.ts';
import { leastLeadTimeMs } from '../domain/analysis/targets.ts';
import { limitOf, rangeOf, suggestionProblems, textProblems } from '../domain/question-checks.ts';
import type {
  PoolPolicies,
  Range,
  RecordedSums,
  RequestFilter,
  StatsQueries,
} from './query-ports.ts';

export interface AnswersOptions {
  readonly queries: StatsQueries;
  readonly pools: PoolPolicies;
  readonly clock: Pick<Clock, 'now'>;
}

const groupLimit = { usual: 50, most: 1_000 };
const activityLimit = { usual: 100, most: 1_000 };

/** Each rejects `invalid_argument` with every field that is wrong, else as its ports do. */
export class Answers {
  readonly #options: AnswersOptions;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  async stats(request: GetStatsRequest): Promise<Stats> {
    const problems: FieldError[] = [];
    const range = this.#range(request.range, problems);
    const limit = limitOf(request.limit, groupLimit, problems);
    const filter = filterOf(request, range, problems);
    return { range, ...(await this.#options.queries.summaries(filter, limit)) };
  }

  async activity(request: ListActivityRequest): Promise<readonly Activity[]> {
    const problems: FieldError[] = [];
    const range = this.#range(request.range, problems);
    const limit = limitOf(request.limit, activityLimit, problems);
    const filter = filterOf(request, range, problems);
    const { failedOnly } = request;
    return this.#options.queries.activity({ ...filter, failedOnly, limit });
  }

  async analyze(request: AnalyzeRequest): Promise<AnalyzeResponse> {
    const { queries, clock } = this.#options;
    const problems: FieldError[] = [];
    const range = this.#range(request.range, problems);
    problems.push(...textProblems({ template: request.template }));
    if (problems.length > 0) throw invalidFields(problems);
    const { template } = request;
    const sums = await queries.sums(range, template);
    const counts = await queries.changeCounts();
    const templates: TemplateAnalysis[] = [];
    for (const [name, ofTemplate] of sums) {
      const carriedOut = counts.get(name) ?? new Map<string, number>();
      const more = await this.#demand(range, name, ofTemplate);
      templates.push(analyseTemplate({ template: name, ...ofTemplate, ...more, carriedOut }));
    }
    const changes = await queries.changes(template, clock.now());
    return {
      range,
      templates: templates.toSorted((a, b) => mostSaving(b) - mostSaving(a)),
      changes: changes.map(realisedChange),
    };
  }

  /** Repeating it changes nothing, and answers the same change. */
  async recordChange({ suggestion, by }: RecordChangeRequest): Promise<Change> {
    const { queries, clock } = this.#options;
    const problems = [...suggestionProblems(suggestion), ...textProblems({ by })];
    if (problems.length > 0 || suggestion === undefined) throw invalidFields(problems);
    return realisedChange(await queries.recordChange(suggestion, by, clock.now()));
  }

  #range(given: TimeRange | undefined, problems: FieldError[]): Range {
    return rangeOf(given, this.#options.clock.now(), problems);
  }

  /** Looked up only where it can lead to a suggestion. */
  async #demand(range: Range, template: string, { starts, requests }: RecordedSums) {
    if (!wantsDemand(requests)) return { demand: [], pool: undefined };
    const { queries, pools } = this.#options;
    const leadTimeMs = Math.max(leastLeadTimeMs, starts?.p90Ms ?? 0);
    return {
      demand: await queries.demand(range, template, leadTimeMs),
      pool: await pools.boundsOf(template),
    };
  }
}

function filterOf(
  { template, userId, project }: GetStatsRequest | ListActivityRequest,
  range: Range,
  problems: FieldError[],
): RequestFilter {
  problems.push(...textProblems({ template, user_id: userId, project }));
  if (problems.length > 0) throw invalidFields(problems);
  return { ...range, template, userId, project };
}

function mostSaving({ suggestions }: TemplateAnalysis): number {
  return Math.max(0, ...suggestions.map((one: Suggestion) => one.expectedSavingMs));
}
