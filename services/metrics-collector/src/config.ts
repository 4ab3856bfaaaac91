// What the metrics-collector can be told.
import {
  integer,
  optionalSecret,
  optionalSecretUrl,
  optionalUrl,
  ratio,
  rpcAddress,
  serviceSettings,
  settings,
} from '@pilotlight/config';
import { defaultTargets } from './domain/alert-rules.ts';

export const configSchema = settings({
  ...serviceSettings,
  rpcAddress: rpcAddress('127.0.0.1:7404'),
  otlpEndpoint: optionalUrl({
    description:
      'Base URL of an OTLP receiver (HTTP, protobuf) for traces, such as http://127.0.0.1:4318; without it none are made.',
  }),
  otlpHeaders: optionalSecret({
    description:
      'Headers for the OTLP receiver: name=value, separated by commas, the values percent-encoded.',
  }),
  traceRatio: ratio({
    description:
      'Share of the traces that is recorded where the client sent no trace context; where it did, its own decision counts.',
    default: 1,
  }),
  alertWebhook: optionalSecretUrl({
    description: 'Where alerts are posted as JSON; whatever is secret in it appears nowhere.',
  }),
  alertWarmP99Ms: integer({
    description: 'Above this 99th percentile of warm acquires there is an alert.',
    default: defaultTargets.warmP99Seconds * 1_000,
    min: 1,
    max: 600_000,
  }),
  alertColdP99Ms: integer({
    description: 'The same for cold acquires.',
    default: defaultTargets.coldP99Seconds * 1_000,
    min: 1,
    max: 600_000,
  }),
});
