// Calls of the gateway that served this page.
import { apiKey, asking, dropKey } from './key.ts';

/** A refusal, or no answer at all (status 0). The message is for people. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly accept?: string;
}

/** The answer's JSON, in the shape that the gateway validates its answers against. */
export async function call<Answer>(path: string, options: CallOptions = {}): Promise<Answer> {
  const response = await request(path, options);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** Throws `ApiError`. A key that is not taken (401) is forgotten, and asked for again. */
export async function request(path: string, options: CallOptions = {}): Promise<Response> {
  const key = apiKey.peek();
  if (key === undefined) {
    asking.value ??= {};
    throw new ApiError(401, 'An API key is needed.');
  }
  const response = await send(path, key, options);
  if (response.ok) return response;
  const detail = await detailOf(response);
  if (response.status === 401 && apiKey.peek() === key) {
    dropKey('This key is not valid, or was revoked. Enter another one.');
  }
  throw new ApiError(response.status, detail);
}

async function send(path: string, key: string, options: CallOptions): Promise<Response> {
  const { method = 'GET', body, signal, accept = 'application/json' } = options;
  const headers = { 'X-API-Key': key, Accept: accept };
  try {
    return await fetch(path, {
      method,
      headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
      cache: 'no-store',
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'Pilotlight does not answer. Is it still running?');
  }
}

async function detailOf(response: Response): Promise<string> {
  const fallback = `The gateway answered ${response.status}.`;
  try {
    const body: unknown = await response.json();
    if (typeof body !== 'object' || body === null || !('detail' in body)) return fallback;
    return String(body.detail);
  } catch {
    return fallback;
  }
}
