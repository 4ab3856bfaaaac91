// What vitest does before tests that start services: bundles, and the analyzer, of what the sources are now.
import { ensureAnalyzer } from './analyzer.mjs';
import { ensureBundles } from './bundles.mjs';

export async function setup() {
  const say = (line) => process.stdout.write(`${line}\n`);
  await ensureBundles({ say });
  await ensureAnalyzer({ say });
}
