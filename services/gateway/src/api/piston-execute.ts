// POST /api/v2/execute.
import { type ExecutionResult, type OutputChunk, PlatformError } from '@pilotlight/contracts';
import type { Runtime } from '../domain/piston-job.ts';
import { endingOf, runEndingOf, StageOutput } from '../domain/piston-stage.ts';
import { callFrom } from './call.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway } from './gateway.ts';
import { wantedJob } from './piston-runtimes.ts';

export function executePiston(app: FastifyInstance, gateway: Gateway): void {
  app.post(
    '/execute',
    { config: { access: 'request' }, schema: { hide: true } },
    async (request) => {
      const { runtime, submit } = await wantedJob(gateway, request, request.body);
      let chunks: OutputChunk[] = [];
      for await (const { event } of gateway.platform.executions.execute(
        submit,
        callFrom(request),
      )) {
        if (event?.$case === 'restarted') chunks = [];
        else if (event?.$case === 'output') chunks.push(event.output);
        else if (event?.$case === 'result') return answer(runtime, event.result, chunks);
      }
      throw new PlatformError('unavailable', 'The platform went away. Ask again.');
    },
  );
}

function answer(
  { language, version }: Runtime,
  result: ExecutionResult,
  chunks: readonly OutputChunk[],
) {
  const output = { compile: new StageOutput(), run: new StageOutput() };
  for (const chunk of chunks) output[chunk.stage === 'compile' ? 'compile' : 'run'].take(chunk);
  output.compile.end();
  output.run.end();
  const compile = result.compile && output.compile.stage(result.compile, endingOf(result.compile));
  // As Piston does: what was never run has ended as its compiler has.
  const isRun = compile === undefined || compile.code === 0;
  const run = isRun ? output.run.stage(result, runEndingOf(result)) : compile;
  return { run, ...(compile !== undefined && { compile }), language, version };
}
