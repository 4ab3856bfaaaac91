// What the metrics-collector can be told.
import { serviceSettings, settings } from '@pilotlight/config';

export const configSchema = settings(serviceSettings);
