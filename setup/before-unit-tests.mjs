// What vitest does before unit tests: the templates that ship are tested, and have a file that is built.
import { existsSync } from 'node:fs';
import { ensureAnalyzer, templateFile } from './analyzer.mjs';

export async function setup() {
  // Of whatever age: no unit test runs it.
  if (existsSync(templateFile)) return;
  await ensureAnalyzer({ say: (line) => process.stdout.write(`${line}\n`) });
}
