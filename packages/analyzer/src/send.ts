// One POST to the ingest API, with node:http: `fetch` would load undici, which takes tens of milliseconds
// of the very start that is measured.
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Settings } from './config/settings.ts';

/** How a POST ended. It never throws. */
export type SendOutcome =
  /** Taken; `refused` of its invocations were not. */
  | { readonly kind: 'accepted'; readonly refused: number }
  /** Will be refused again: `forGood` whatever is sent, else what was sent. */
  | { readonly kind: 'refused'; readonly forGood: boolean; readonly reason: string }
  /** May be taken another time; `afterMs` is what the server asked for. */
  | { readonly kind: 'later'; readonly afterMs: number | undefined; readonly reason: string };

type Http = typeof import('node:http');

/** The ingest API answers with a line; more of an answer is not read. */
const longestAnswerBytes = 16 * 1024;
const longestRetryAfterMs = 3_600_000;

const transports = new Map<string, { request: Http['request']; agent: Agent }>();

/** Loaded when there is something to send, after the function's first answer is made. */
async function transportFor(protocol: 'http:' | 'https:') {
  let transport = transports.get(protocol);
  if (transport === undefined) {
    const name = protocol === 'http:' ? 'node:http' : 'node:https';
    const builtin = process.getBuiltinModule as ((id: string) => unknown) | undefined;
    const { Agent, request } = ((builtin === undefined ? undefined : builtin(name)) ??
      (await (protocol === 'http:' ? import('node:http') : import('node:https')))) as Http;
    transport = { request, agent: new Agent({ keepAlive: true, maxSockets: 2 }) };
    transports.set(protocol, transport);
  }
  return transport;
}

/**
 * Posts a JSON body below the endpoint (made while the connection is) and settles within `timeoutMs`, whatever the server does. A
 * kept connection that the server has closed meanwhile is replaced once; nothing else is tried again.
 */
export async function send(
  settings: Settings,
  path: '/api/v1/ingest' | '/api/v1/ingest/batch',
  makeBody: () => string,
  timeoutMs: number,
): Promise<SendOutcome> {
  const { endpoint, apiKey } = settings;
  try {
    const { agent, request } = await transportFor(endpoint.protocol);
    const options: RequestOptions = {
      method: 'POST',
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      port: endpoint.port,
      path: endpoint.basePath + path,
      agent,
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': '@pilotlight/analyzer',
        'X-API-Key': apiKey,
      },
    };
    return await exchange(request, options, makeBody, timeoutMs);
  } catch (error) {
    return later(error);
  }
}

function exchange(
  request: Http['request'],
  options: RequestOptions,
  makeBody: () => string,
  timeoutMs: number,
): Promise<SendOutcome> {
  return new Promise((resolve) => {
    let body: string | undefined;
    let current: ClientRequest | undefined;
    let triedAgain = false;
    let answered = false;
    const end = (outcome: SendOutcome): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const timer = setTimeout(() => {
      end({ kind: 'later', afterMs: undefined, reason: `no answer within ${timeoutMs} ms` });
      current?.destroy();
    }, timeoutMs);
    const attempt = (): void => {
      const mine = request(options);
      current = mine;
      mine.on('error', (error) => {
        if (mine.reusedSocket && !answered && !triedAgain) {
          triedAgain = true;
          attempt();
        } else {
          end(later(error));
        }
      });
      mine.on('response', (response) => {
        answered = true;
        readAnswer(response, end, () => mine.destroy());
      });
      try {
        body ??= makeBody();
        // In one piece: Node then says how long it is.
        mine.end(body);
      } catch {
        end({ kind: 'refused', forGood: false, reason: 'a record cannot be written as JSON' });
        mine.destroy();
      }
    };
    attempt();
  });
}

function readAnswer(
  response: IncomingMessage,
  end: (outcome: SendOutcome) => void,
  destroy: () => void,
): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > longestAnswerBytes) {
      end(outcomeOf(response, text));
      destroy();
    }
  });
  response.on('end', () => end(outcomeOf(response, text)));
  response.on('error', (error) => end(later(error)));
  response.on('close', () => end(later(new Error('the answer broke off'))));
}

function outcomeOf(response: IncomingMessage, text: string): SendOutcome {
  const status = response.statusCode ?? 0;
  const reason = `the endpoint answered ${status}`;
  if (status >= 200 && status < 300) return acceptedFrom(text);
  if (status === 429 || status === 408 || status >= 500) {
    return { kind: 'later', afterMs: retryAfterMs(response.headers['retry-after']), reason };
  }
  // 400, 413 and 422 are about what was sent; a wrong key or a wrong address stays wrong.
  return { kind: 'refused', forGood: ![400, 413, 422].includes(status), reason };
}

function acceptedFrom(text: string): SendOutcome {
  try {
    const answer = JSON.parse(text) as { status?: unknown; failed?: unknown } | null;
    if (typeof answer?.status === 'string') {
      const refused = typeof answer.failed === 'number' ? answer.failed : 0;
      return { kind: 'accepted', refused };
    }
  } catch {
    // Told below.
  }
  return { kind: 'refused', forGood: false, reason: 'the endpoint is no ingest API' };
}

/** Seconds or a date, at most an hour; undefined where it is neither. */
export function retryAfterMs(
  header: string | undefined,
  nowMs: number = Date.now(),
): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestRetryAfterMs);
}

function later(error: unknown): SendOutcome {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return { kind: 'later', afterMs: undefined, reason: String(code ?? message ?? 'unknown fault') };
}
