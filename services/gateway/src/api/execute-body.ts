// What runs code: the body of POST /api/v1/execute, and of each item of a batch.
import { limits, priorities, type SubmitRequest } from '@pilotlight/contracts';
import { type Static, Type } from 'typebox';
import { givenFile } from './given-files.ts';

const within = ({ min, max }: limits.Bounds, description: string) =>
  Type.Optional(Type.Integer({ minimum: min, maximum: max, description }));
const optionalText = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ maxLength, description }));

const { timeoutSeconds, memoryMb, compileTimeoutSeconds, compileMemoryMb } = limits;

export const executeBody = Type.Object(
  {
    language: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'python, javascript, java, go, cpp, rust, … or an alias.',
    }),
    version: optionalText(64, 'Exact, the beginning of one, or a range; the newest unless given.'),
    code: Type.Optional(Type.String({ description: 'The program, at most 1 MiB. Or `files`.' })),
    files: Type.Optional(
      Type.Array(givenFile, {
        maxItems: limits.maxFiles,
        description: 'A program of several files, the first of which is run; 1 MiB together.',
      }),
    ),
    stdin: Type.Optional(
      Type.String({ description: 'What it reads on its standard input, at most 1 MiB.' }),
    ),
    encoding: Type.Optional(
      Type.Enum(['utf8', 'base64'], { description: 'Of code and stdin; utf8 unless given.' }),
    ),
    args: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: limits.maxArgs,
        description: `Of its command line, at most ${limits.maxArgsBytes} bytes together.`,
      }),
    ),
    timeout: within(
      timeoutSeconds,
      `Seconds of wall time; ${timeoutSeconds.default} unless given.`,
    ),
    memory_limit: within(memoryMb, "MB; the language's own unless given."),
    compile_timeout: within(compileTimeoutSeconds, 'Seconds; where it is compiled.'),
    compile_memory_limit: within(compileMemoryMb, 'MB; where it is compiled.'),
    priority: Type.Optional(Type.Enum([...priorities], { description: 'normal unless given.' })),
    user_id: optionalText(128, "In whose name; the key's own unless given."),
    correlation_id: optionalText(256, 'Comes back with the result; for your own use.'),
    interactive: Type.Optional(
      Type.Boolean({ description: 'Its input stays open after stdin for more of it.' }),
    ),
    cache: Type.Optional(
      Type.Boolean({ description: 'The result of an equal earlier run will do.' }),
    ),
  },
  {
    additionalProperties: false,
    title: 'Execute',
    examples: [
      { language: 'python', code: 'print(input())', stdin: 'hello', timeout: 5 },
      { language: 'javascript', files: [{ path: 'index.js', content: 'console.log(1)' }] },
    ],
  },
);

export type ExecuteBody = Static<typeof executeBody>;

/** `idempotencyKey`: the same key of the same user is the same execution; empty for none. */
export function submitRequest(body: ExecuteBody, idempotencyKey: string): SubmitRequest {
  return {
    executionId: '',
    idempotencyKey,
    userId: body.user_id ?? '',
    language: body.language,
    version: body.version ?? '',
    code: body.code ?? '',
    files: (body.files ?? []).map(({ path, content, encoding = '' }) => ({
      ...{ path, content, encoding },
    })),
    stdin: body.stdin ?? '',
    encoding: body.encoding ?? '',
    args: body.args ?? [],
    priority: body.priority ?? '',
    timeout: body.timeout ?? 0,
    memoryLimit: body.memory_limit ?? 0,
    correlationId: body.correlation_id ?? '',
    s3Bucket: '',
    compileTimeout: body.compile_timeout ?? 0,
    compileMemoryLimit: body.compile_memory_limit ?? 0,
    interactive: body.interactive ?? false,
  };
}
