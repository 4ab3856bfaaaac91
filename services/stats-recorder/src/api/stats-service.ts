// StatsService: each call is one question to the recorded history. Whoever has a key may ask about their
// project's requests; templates are everybody's, so what concerns them is for admins.
import { requireAdmin, type StatsServiceDefinition } from '@pilotlight/contracts';
import type { Implementation } from '@pilotlight/rpc';
import type { Answers } from '../app/answers.ts';
import { scopedTo } from '../domain/question-scope.ts';

export function statsService(
  answers: Pick<Answers, 'stats' | 'activity' | 'analyze' | 'recordChange'>,
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
  };
}
