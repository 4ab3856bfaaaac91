// StatsService: each call is one question to the recorded history.
import type { StatsServiceDefinition } from '@pilotlight/contracts';
import type { Implementation } from '@pilotlight/rpc';
import type { Answers } from '../app/answers.ts';

export function statsService(
  answers: Pick<Answers, 'stats' | 'activity' | 'analyze' | 'recordChange'>,
): Implementation<typeof StatsServiceDefinition> {
  return {
    getStats: (request) => answers.stats(request),
    listActivity: async (request) => ({ activity: [...(await answers.activity(request))] }),
    analyze: (request) => answers.analyze(request),
    recordChange: (request) => answers.recordChange(request),
  };
}
