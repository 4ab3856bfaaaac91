// A run as a user's program writes it, and its two forms on the wire: plain text for gRPC, bytes
// for NATS.
import { randomUUID } from 'node:crypto';
import { ExecutionRequest, type Priority, SubmitRequest } from '@pilotlight/contracts';

/** Text is sent as UTF-8; bytes are sent as they are. */
export type Content = string | Uint8Array;

/** What to run. Either `code` or `files`, of which the first is run; at most 1 MiB together. */
export interface RunRequest {
  /** A language or an alias of one, such as `python` or `js`. */
  readonly language: string;
  readonly code?: Content;
  readonly files?: readonly { readonly path: string; readonly content: Content }[];
  readonly stdin?: Content;
  /** Standard input stays open behind `stdin`, for `sendInput`, until that closes it. */
  readonly interactive?: boolean;
  readonly args?: readonly string[];
  /** Who asks: waiting is fair between users. By default whom the API key speaks for. */
  readonly userId?: string;
  /** Chosen by the caller, `[A-Za-z0-9_-]{1,64}`; the same id is the same execution. */
  readonly id?: string;
  /** The same key of the same user is the same execution. gRPC only, and not beside `id`. */
  readonly idempotencyKey?: string;
  readonly version?: string;
  readonly priority?: Priority;
  /** Wall time, 1 to 30; default 10. */
  readonly timeoutSeconds?: number;
  /** 64 to 512; by default the language's, mostly 256. */
  readonly memoryMb?: number;
  /** Wall time of the compile stage, 1 to 60; by default the language's. Ignored where there is none. */
  readonly compileTimeoutSeconds?: number;
  /** Of the compile stage, 64 to 2048; by default the language's. Ignored where there is none. */
  readonly compileMemoryMb?: number;
  readonly correlationId?: string;
  readonly s3Bucket?: string;
  /** W3C trace context: the platform's spans become children of the caller's. */
  readonly traceparent?: string;
}

/**
 * The form of `ExecutionService`, without the trace context, which goes with the call. Bytes anywhere
 * send code and stdin as base64.
 */
export function toSubmitRequest(request: RunRequest): SubmitRequest {
  const binary = [request.code, request.stdin].some((content) => content instanceof Uint8Array);
  const encoding = binary ? 'base64' : 'utf8';
  return SubmitRequest.create({
    ...common(request),
    executionId: request.id ?? '',
    idempotencyKey: request.idempotencyKey ?? '',
    code: encoded(request.code, encoding),
    stdin: encoded(request.stdin, encoding),
    encoding,
    files: (request.files ?? []).map(({ path, content }) => {
      const fileEncoding = content instanceof Uint8Array ? 'base64' : 'utf8';
      return { path, content: encoded(content, fileEncoding), encoding: fileEncoding };
    }),
  });
}

/** The message of `exec.request.*`. Chooses an id where the caller chose none. */
export function toExecutionRequest(request: RunRequest, createdAt: Date): ExecutionRequest {
  return ExecutionRequest.create({
    ...common(request),
    id: request.id ?? randomUUID(),
    code: bytes(request.code),
    stdin: bytes(request.stdin),
    priority: request.priority ?? 'normal',
    files: (request.files ?? []).map(({ path, content }) => ({ path, content: bytes(content) })),
    createdAt,
    traceparent: request.traceparent ?? '',
  });
}

function common(request: RunRequest) {
  return {
    userId: request.userId ?? '',
    language: request.language,
    version: request.version ?? '',
    args: [...(request.args ?? [])],
    interactive: request.interactive ?? false,
    priority: request.priority ?? '',
    timeout: request.timeoutSeconds ?? 0,
    memoryLimit: request.memoryMb ?? 0,
    compileTimeout: request.compileTimeoutSeconds ?? 0,
    compileMemoryLimit: request.compileMemoryMb ?? 0,
    correlationId: request.correlationId ?? '',
    s3Bucket: request.s3Bucket ?? '',
  };
}

export function bytes(content: Content = ''): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content;
}

function encoded(content: Content | undefined, encoding: 'utf8' | 'base64'): string {
  if (encoding === 'utf8' && typeof content === 'string') return content;
  return Buffer.from(bytes(content)).toString(encoding);
}
