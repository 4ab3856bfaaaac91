// What the scheduler can be told.
import {
  accessSettings,
  integer,
  nodeToken,
  rpcAddress,
  serviceSettings,
  settings,
} from '@pilotlight/config';
import { defaultAdmissionLimits } from './domain/admission.ts';

export const configSchema = settings({
  ...serviceSettings,
  ...accessSettings,
  nodeToken,
  rpcAddress: rpcAddress('127.0.0.1:7401'),
  maxConcurrent: integer({
    description: 'Most sandboxes in use at once, leases and executions together.',
    default: defaultAdmissionLimits.global,
    min: 1,
    max: 1_000_000,
  }),
  maxConcurrentPerUser: integer({
    description: 'Most sandboxes that one user may have in use at once.',
    default: defaultAdmissionLimits.perUser,
    min: 1,
    max: 1_000_000,
  }),
  queueDeadlineSeconds: integer({
    description: 'How long an execution may wait in the queue before it is rejected.',
    default: 900,
    min: 1,
    max: 86_400,
  }),
  queueMemoryMb: integer({
    description: 'Memory for the bodies of queued requests; others are read again when due.',
    default: 64,
    min: 0,
    max: 65_536,
  }),
});
