import { analyze } from '@pilotlight/analyzer';
import { handler as hello } from './before.js';

export const handler = analyze(hello);
