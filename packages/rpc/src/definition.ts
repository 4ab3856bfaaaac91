// The shape of the generated service definitions, and the types of servers and clients that follow
// from it. One definition types both ends.
import type { CallContext, CallOptions } from './call.ts';

/** How one message type is written and read; the part of what the generator emits that is used. */
export interface MessageType {
  encode(message: never): { finish(): Uint8Array };
  decode(input: Uint8Array): unknown;
  fromPartial(object: never): unknown;
}

/** One method, of any of the four shapes. */
export interface MethodDefinition {
  readonly name: string;
  readonly requestType: MessageType;
  readonly requestStream: boolean;
  readonly responseType: MessageType;
  readonly responseStream: boolean;
}

export interface ServiceDefinition {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDefinition>>;
}

/** The message that a message type decodes to. */
type MessageOf<Type> = Type extends { decode(input: Uint8Array): infer T } ? T : never;

/** What a caller may leave out is the field's default. A whole message always fits. */
type PartialOf<Type> = Type extends { fromPartial(object: infer T): unknown } ? T : never;

type Handler<Method extends MethodDefinition> = Method['requestStream'] extends true
  ? (
      requests: AsyncIterable<MessageOf<Method['requestType']>>,
      context: CallContext,
    ) => Method['responseStream'] extends true
      ? AsyncIterable<MessageOf<Method['responseType']>>
      : Promise<MessageOf<Method['responseType']>>
  : Method['responseStream'] extends true
    ? (
        request: MessageOf<Method['requestType']>,
        context: CallContext,
      ) => AsyncIterable<MessageOf<Method['responseType']>>
    : (
        request: MessageOf<Method['requestType']>,
        context: CallContext,
      ) => Promise<MessageOf<Method['responseType']>>;

/**
 * What a server provides for a definition. A handler that throws a `PlatformError` answers with
 * it; anything else becomes `internal`. A stream's handler must end when `context.signal` aborts;
 * a caller that cancels or dies may look, for a moment before that, like the end of its requests.
 */
export type Implementation<Definition extends ServiceDefinition> = {
  readonly [Name in keyof Definition['methods']]: Handler<Definition['methods'][Name]>;
};

type ClientMethod<Method extends MethodDefinition> = Method['requestStream'] extends true
  ? (
      requests: AsyncIterable<PartialOf<Method['requestType']>>,
      options?: CallOptions,
    ) => Method['responseStream'] extends true
      ? AsyncIterable<MessageOf<Method['responseType']>>
      : Promise<MessageOf<Method['responseType']>>
  : Method['responseStream'] extends true
    ? (
        request: PartialOf<Method['requestType']>,
        options?: CallOptions,
      ) => AsyncIterable<MessageOf<Method['responseType']>>
    : (
        request: PartialOf<Method['requestType']>,
        options?: CallOptions,
      ) => Promise<MessageOf<Method['responseType']>>;

/**
 * What a caller sees of a definition. Every failure is a `PlatformError`. A stream starts when it
 * is first read, is cancelled by leaving its loop, and can be read once.
 */
export type Client<Definition extends ServiceDefinition> = {
  readonly [Name in keyof Definition['methods']]: ClientMethod<Definition['methods'][Name]>;
};
