// Questions about serverless functions: which there are, what their cold starts load, what to do about it.
import {
  type FieldError,
  type FunctionDetails,
  type FunctionMessage,
  type GetFunctionRequest,
  invalidFields,
  type ListFunctionsRequest,
  PlatformError,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { moduleLoads, observedFunction } from '../domain/function-details.ts';
import { recommend } from '../domain/functions/recommend.ts';
import { limitOf, rangeOf, textProblems } from '../domain/question-checks.ts';
import type { FunctionQueries } from './function-ports.ts';
import { rangeDays } from './function-upkeep.ts';

const listLimit = { usual: 100, most: 1_000 };
const dayMs = 86_400_000;

export interface FunctionAnswersOptions {
  readonly queries: FunctionQueries;
  readonly clock: Pick<Clock, 'now'>;
}

/** Each rejects `invalid_argument` with every field that is wrong, else as its port does. */
export class FunctionAnswers {
  readonly #options: FunctionAnswersOptions;

  constructor(options: FunctionAnswersOptions) {
    this.#options = options;
  }

  async list({ project, limit: asked }: ListFunctionsRequest): Promise<readonly FunctionMessage[]> {
    const problems = textProblems({ project });
    const limit = limitOf(asked, listLimit, problems);
    if (problems.length > 0) throw invalidFields(problems);
    return this.#options.queries.list(project, limit, this.#yesterday());
  }

  /** Rejects `not_found`, and `failed_precondition` for a name that several projects have. */
  async get({
    project,
    function: name,
    range: given,
  }: GetFunctionRequest): Promise<FunctionDetails> {
    const problems: FieldError[] = textProblems({ project, function: name });
    if (name === '') problems.push({ field: 'function', problem: 'is missing' });
    const range = rangeOf(given, this.#options.clock.now(), problems, rangeDays);
    if (problems.length > 0) throw invalidFields(problems);
    const { queries } = this.#options;
    const [found, another] = await queries.find(project, name, this.#yesterday());
    if (found === undefined) throw new PlatformError('not_found', 'There is no such function.');
    if (another !== undefined) {
      const text = 'Several projects have a function of that name: name the project, or its id.';
      throw new PlatformError('failed_precondition', text);
    }
    const recorded = await queries.coldStarts(found.id, range);
    const { coldStarts, init, modules } = recorded;
    return {
      ...{ function: found, range, coldStarts, init },
      modules: moduleLoads(modules, init),
      recommendations: recommend(observedFunction(recorded)),
    };
  }

  #yesterday(): Date {
    return new Date(this.#options.clock.now().getTime() - dayMs);
  }
}
