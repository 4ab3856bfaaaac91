// Preloaded into a service that runs under the analyzer: reports its start once the service says that it is ready.
import { subscribe } from 'node:diagnostics_channel';
import { reportStart } from '@pilotlight/analyzer';

subscribe('pilotlight.ready', () => void reportStart());
