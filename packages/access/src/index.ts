// API keys and what they allow: the same in every process that is called with them.
export { authenticator, type KnownKeys } from './authenticate.ts';
export { KeyMirror } from './key-mirror.ts';
export { openKeys } from './open-keys.ts';
export { RateLimits, type RateStanding } from './rate-limits.ts';
