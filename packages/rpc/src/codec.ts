// How the gRPC library reads and writes the messages of a method.
import type { MethodDefinition as GrpcMethod } from '@grpc/grpc-js';
import type { MessageType, MethodDefinition, ServiceDefinition } from './definition.ts';

/** A message whose type only its method and its handler know: what one writes the other takes. */
export type Message = unknown;

const serializer = (type: MessageType) => (message: Message) => {
  const bytes = type.encode(message as never).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

const deserializer = (type: MessageType) => (bytes: Buffer) => type.decode(bytes);

/** The library's view of one method. */
export function grpcMethod(
  service: ServiceDefinition,
  method: MethodDefinition,
): GrpcMethod<Message, Message> {
  return {
    path: `/${service.fullName}/${method.name}`,
    requestStream: method.requestStream,
    responseStream: method.responseStream,
    requestSerialize: serializer(method.requestType),
    requestDeserialize: deserializer(method.requestType),
    responseSerialize: serializer(method.responseType),
    responseDeserialize: deserializer(method.responseType),
  };
}
