// The life of a service process: start, readiness, leadership, orderly end.
export { type Backoff, type BackoffOptions, backoff } from './backoff.ts';
export { type Cancel, type Clock, ManualClock, systemClock } from './clock.ts';
export { type Election, type ElectionOptions, electLeader, leaderCheck } from './leader.ts';
export type { Leader } from './leader-record.ts';
export { type BusSettings, busCheck, openBus } from './open-bus.ts';
export { pause } from './pause.ts';
export { type RunOptions, runService, type ServiceContext } from './run-service.ts';
export { Scope } from './scope.ts';
export { together } from './together.ts';
