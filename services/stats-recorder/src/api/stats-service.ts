// StatsService: each call is one question to the recorded history. Whoever has a key may ask about their
// project's requests; templates are everybody's, so what concerns them is for admins.
import { requireAdmin, type StatsServiceDefinition } from '@pilotlight/contracts';
import type { Implementation } from '@pilotlight/rpc';
import type { Answers } from '../app/answers.ts';
import type { FunctionAnswers } from '../app/function-answers.ts';
import { scopedTo, scopedToProject } from '../domain/question-scope.ts';

export function statsService(
  answers: Pick<Answers, 'stats' | 'activity' | 'analyze' | 'recordChange'>,
  functions: Pick<FunctionAnswers, 'list' | 'get'>,
): Implementation<typeof StatsServiceDefinition> {
  return {
    getStats: async (request, { principal }) => answers.stats(scopedTo(principal, request)),
    async listActivity(request, { principal }) {
      return { activity: [...(await answers.activity(scopedTo(principal, request)))] };
    },
    async analyze(request, { principal }) {
      requireAdmin(principal);
      return answers.analyze(request);
    },
    async recordChange(request, { principal }) {
      requireAdmin(principal);
      return answers.recordChange(request);
    },
    async listFunctions(request, { principal }) {
      return { functions: [...(await functions.list(scopedToProject(principal, request)))] };
    },
    getFunction: async (request, { principal }) =>
      functions.get(scopedToProject(principal, request)),
  };
}
