// A bare grpc-js server in its own process: what a unary call costs with nothing behind it.
import * as grpc from '@grpc/grpc-js';

const bytes = (value: Buffer) => value;

/** The one method of the echo service, bytes in and the same bytes out. */
export const echoMethod = {
  path: '/bench.Echo/Unary',
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
} as const;

if (import.meta.main) {
  const server = new grpc.Server();
  server.addService(
    { unary: echoMethod },
    {
      unary: (call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) =>
        answer(null, call.request),
    },
  );
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
  process.stdin.on('end', () => server.forceShutdown()).resume();
}
