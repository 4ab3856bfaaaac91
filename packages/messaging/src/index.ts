// A message bus with durable logs and key-value buckets: the port, NATS behind it, and memory.
export * from './bus.ts';
export { createMemoryBus, type MemoryBus, type MemoryBusOptions } from './memory/bus.ts';
export { type BusOptions, connectBus } from './nats/connect.ts';
