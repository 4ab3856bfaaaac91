// Idempotency-Key on every POST: the first answer under a key is every later one's. What the services keep
// keys for themselves (`native`) is handed to them; all else is kept here, in KV `answers`.
import { createHash } from 'node:crypto';
import { invalidFields, PlatformError } from '@pilotlight/contracts';
import type { KeyValue } from '@pilotlight/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { canonicalJson } from '../domain/canonical-json.ts';
import { credentialsOf } from './admission.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway } from './gateway.ts';
import { openAnswer, sealAnswer } from './sealed-answer.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a POST route: `native` where its handler hands the key on; by default answers are kept here. */
    readonly idempotency?: 'native';
  }
  interface FastifyRequest {
    /** The key that this request is the first one of. */
    claim: Claim | undefined;
  }
}

interface Claim {
  readonly bucket: KeyValue;
  readonly id: string;
  readonly revision: number;
  readonly fingerprint: string;
  readonly seal: string;
}

/** What the bucket keeps, as JSON. Without an answer: it is still being made, or was too large. */
interface Kept {
  readonly fingerprint: string;
  readonly since: string;
  readonly state: 'pending' | 'answered' | 'too_large';
  readonly answer?: string;
}

const mostBytes = 256 * 1024;
const retryAfterMs = 1_000;
/** A gateway that claimed a key and died does not hold it for longer; no call takes so long. */
const abandonedAfterMs = 150_000;
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** The caller's key, or undefined. */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  return Array.isArray(key) ? key.join(',') : key;
}

/** Adds the hooks. After admission, and before what changes the bytes of an answer. */
export function keepAnswers(app: FastifyInstance, { bus, clock, logger }: Gateway): void {
  app.decorateRequest('claim');
  app.addHook('preHandler', async (request, reply) => {
    const key = request.method === 'POST' ? idempotencyKeyOf(request) : undefined;
    if (key === undefined) return;
    if (!keyPattern.test(key)) {
      const problem = 'must be 1 to 255 visible ASCII characters';
      throw invalidFields([{ field: 'Idempotency-Key', problem }]);
    }
    const { config } = request.routeOptions;
    if (config.idempotency === 'native' || config.access === 'open') return;
    const found = await claim(await bus.bucket('answers'), request, key, clock.now());
    if (found.kind === 'claimed') request.claim = found.claim;
    else return replay(reply, found.answer);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const { claim: own } = request;
    if (own === undefined) return;
    request.claim = undefined;
    try {
      await settle(own, reply, payload, clock.now());
    } catch (thrown) {
      // What was asked for is done: who asked is told. The key stays taken until it is given up.
      logger.warn({ err: PlatformError.from(thrown) }, 'an answer could not be kept');
    }
  });
}

type Found =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'answered'; readonly answer: Answer };

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function claim(
  bucket: KeyValue,
  request: FastifyRequest,
  key: string,
  now: Date,
): Promise<Found> {
  const { principal, routeOptions, params } = request;
  const where = `${routeOptions.url ?? ''} ${JSON.stringify(params)}`;
  const id = digest(`${principal.keyHash}\n${where}\n${key}`);
  const fingerprint = digest(canonicalJson([request.query, request.body]));
  const seal = `${credentialsOf(request).secret ?? ''}\n${key}`;
  const pending: Kept = { fingerprint, since: now.toISOString(), state: 'pending' };
  const own = { bucket, id, fingerprint, seal };
  const created = await bucket.create(id, bytesOf(pending));
  if (created !== undefined) return { kind: 'claimed', claim: { ...own, revision: created } };
  const entry = await bucket.get(id);
  if (entry === undefined) throw inProgress();
  const kept = JSON.parse(Buffer.from(entry.value).toString()) as Kept;
  if (kept.fingerprint !== fingerprint) {
    const message = 'This Idempotency-Key came with another request before. Use a new one.';
    throw new PlatformError('conflict', message);
  }
  if (kept.answer !== undefined) {
    return { kind: 'answered', answer: openAnswer<Answer>(seal, kept.answer) };
  }
  if (kept.state === 'too_large') {
    const message = 'This request was answered before; the answer was too large to be kept.';
    throw new PlatformError('conflict', message);
  }
  if (now.getTime() - Date.parse(kept.since) < abandonedAfterMs) throw inProgress();
  const taken = await bucket.update(id, bytesOf(pending), entry.revision);
  if (taken === undefined) throw inProgress();
  return { kind: 'claimed', claim: { ...own, revision: taken } };
}

function inProgress(): PlatformError {
  const message = 'A request with this Idempotency-Key is still being answered. Ask again.';
  return new PlatformError('conflict', message, { retry: { kind: 'after', ms: retryAfterMs } });
}

/** What may end otherwise the next time is not kept. */
async function settle(own: Claim, reply: FastifyReply, payload: unknown, now: Date): Promise<void> {
  const { bucket, id, revision, fingerprint, seal } = own;
  const status = reply.statusCode;
  if (status >= 500 || status === 429 || status === 499 || status === 401) {
    await bucket.remove(id);
    return;
  }
  const kept = { fingerprint, since: now.toISOString() };
  const body = payload === undefined || payload === null ? '' : payload;
  const isKept = typeof body === 'string' && Buffer.byteLength(body) <= mostBytes;
  const answer: Answer | undefined = isKept
    ? { status, headers: headersOf(reply), body }
    : undefined;
  const value: Kept =
    answer === undefined
      ? { ...kept, state: 'too_large' }
      : { ...kept, state: 'answered', answer: sealAnswer(seal, answer) };
  await bucket.update(id, bytesOf(value), revision);
}

function headersOf(reply: FastifyReply): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ['content-type', 'location', 'cache-control']) {
    const value = reply.getHeader(name);
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}

function replay(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  reply.code(status).headers(headers).header('Idempotency-Replayed', 'true');
  return reply.serializer((text: string) => text).send(body);
}

function bytesOf(kept: Kept): Uint8Array {
  return Buffer.from(JSON.stringify(kept));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
