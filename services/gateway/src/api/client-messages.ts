// What clients say on the WebSocket of an execution.
import type { ExecutionInput } from '@pilotlight/contracts';
import { PlatformError } from '@pilotlight/contracts';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { RawData } from 'ws';
import { bytesOf } from '../domain/bytes-json.ts';

const maxMessageBytes = 64 * 1024;

const strict = { additionalProperties: false };
const stdin = Compile(
  Type.Object(
    {
      type: Type.Literal('stdin'),
      data: Type.String(),
      encoding: Type.Optional(Type.Union([Type.Literal('utf8'), Type.Literal('base64')])),
    },
    strict,
  ),
);
const signal = Compile(
  Type.Object(
    { type: Type.Literal('signal'), signal: Type.String({ pattern: '^SIG[A-Z0-9]{2,10}$' }) },
    strict,
  ),
);
const bare = Compile(Type.Object({ type: Type.Enum(['stdin_close', 'cancel'] as const) }, strict));

export type ClientMessage =
  | { readonly kind: 'input'; readonly input: NonNullable<ExecutionInput['input']> }
  | { readonly kind: 'cancel' };

/** Throws `invalid_argument` for what is no message of ours. */
export function clientMessage(data: RawData, isBinary: boolean): ClientMessage {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  if (isBinary) throw garbage('Messages are text.');
  if (bytes.length > maxMessageBytes) throw garbage('A message may have 64 KiB.');
  let message: unknown;
  try {
    message = JSON.parse(bytes.toString());
  } catch {
    throw garbage('The message is not JSON.');
  }
  if (stdin.Check(message)) {
    const input = bytesOf(message.data, message.encoding);
    return { kind: 'input', input: { $case: 'data', data: input } };
  }
  if (signal.Check(message)) {
    return { kind: 'input', input: { $case: 'signal', signal: message.signal } };
  }
  if (bare.Check(message)) {
    if (message.type === 'cancel') return { kind: 'cancel' };
    return { kind: 'input', input: { $case: 'closed', closed: true } };
  }
  throw garbage(
    'The message is none of stdin, stdin_close, signal and cancel, or has other fields.',
  );
}

function garbage(message: string): PlatformError {
  return new PlatformError('invalid_argument', message);
}
