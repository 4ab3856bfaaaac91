import { analyze } from '@pilotlight/analyzer';
import { handler as accounts } from './before.js';

export const handler = analyze(accounts);
