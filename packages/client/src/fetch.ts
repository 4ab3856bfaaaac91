// HTTP with a program inside a leased sandbox.
import { type IncomingMessage, type RequestOptions, request as startRequest } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { invalidFields, PlatformError } from '@pilotlight/contracts';

/** Answers that have no body, whatever their headers say (RFC 9110). */
const bodiless = [204, 205, 304];

/**
 * One request on a connection of its own. Redirects are not followed, compressed
 * bodies are not unpacked. Rejects with a `PlatformError`: `unavailable` for what is no HTTP.
 */
export async function fetchOver(
  connect: (signal: AbortSignal) => Promise<Duplex>,
  { port, path }: { readonly port: number; readonly path: string },
  init: RequestInit = {},
): Promise<Response> {
  const problems = [
    ...(path.startsWith('/') ? [] : [{ field: 'path', problem: 'must begin with "/"' }]),
    ...(port >= 1 && port <= 65_535 ? [] : [{ field: 'port', problem: 'must be 1 to 65535' }]),
  ];
  if (problems.length > 0) throw invalidFields(problems);
  const url = new URL(`http://localhost:${port}${path}`);
  const request = new Request(url, { ...init, ...(isStream(init.body) && { duplex: 'half' }) });
  const { signal } = request;
  const connection = await connect(signal);
  try {
    const answer = await answerTo(request, init, connection);
    answer.once('close', () => connection.destroy());
    return responseOf(request, answer);
  } catch (thrown) {
    connection.destroy();
    if (thrown instanceof PlatformError) throw thrown;
    if (signal.aborted) throw new PlatformError('cancelled', 'The request was cancelled.');
    const { message } = PlatformError.from(thrown);
    const why = `Port ${port} gave no answer in HTTP: ${message}`;
    throw new PlatformError('unavailable', why, { cause: thrown });
  }
}

async function answerTo(
  request: Request,
  init: RequestInit,
  connection: Duplex,
): Promise<IncomingMessage> {
  const { method, signal } = request;
  const { host, pathname, search } = new URL(request.url);
  const body = isStream(init.body) ? undefined : Buffer.from(await request.arrayBuffer());
  const headers = { ...Object.fromEntries(request.headers), host };
  const hasLength = body !== undefined && (body.length > 0 || init.body != null);
  const options: RequestOptions = {
    ...{ method, path: `${pathname}${search}`, signal, createConnection: () => connection },
    headers: hasLength ? { ...headers, 'content-length': body.length } : headers,
  };
  const answered = Promise.withResolvers<IncomingMessage>();
  const outgoing = startRequest(options, answered.resolve);
  outgoing.on('error', answered.reject);
  if (body !== undefined) outgoing.end(body);
  else if (request.body) pipeline(streamOf(request.body), outgoing).catch(answered.reject);
  return answered.promise;
}

function responseOf({ method }: Request, answer: IncomingMessage): Response {
  const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = answer;
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  }
  const hasBody = method !== 'HEAD' && !bodiless.includes(status);
  if (!hasBody) answer.resume();
  const body = hasBody ? (Readable.toWeb(answer) as ReadableStream<Uint8Array>) : null;
  return new Response(body, { status, statusText, headers });
}

function isStream(body: RequestInit['body']): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** The same class under two names. */
function streamOf(body: ReadableStream<Uint8Array>): Readable {
  return Readable.fromWeb(body as WebStream<Uint8Array>);
}
