// What both ends of a connection must agree on.
import type { ChannelOptions } from '@grpc/grpc-js';

/** Above every legal message: 1 MiB of source, 8 MiB of files or output as base64, and room. */
const maxMessageBytes = 16 * 1024 * 1024;

/**
 * A peer that neither answers nor closes (stopped, or cut off) is found out within 5 s, and the
 * calls to it end as `unavailable`. Pings go only while there are calls.
 */
const keepalive = {
  'grpc.keepalive_time_ms': 3_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.keepalive_permit_without_calls': 0,
} as const satisfies ChannelOptions;

const common = {
  ...keepalive,
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
} as const satisfies ChannelOptions;

export const serverOptions: ChannelOptions = common;

export const clientOptions: ChannelOptions = {
  ...common,
  // A service that restarts is back within a second; the library's own two minutes are for fleets.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // Closing a client closes its connection, and services are never behind a web proxy.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
};
