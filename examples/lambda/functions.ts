// The functions of this folder, and what each is called with.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { taskRoot } from './function-process.ts';
import { npm } from './nodes.ts';

/** `index` under the analyzer, `before` without it, `after` without it and with its advice taken. */
export type Variant = 'index' | 'before' | 'after';

/** Events by function. `hello` has no `after`: there is nothing to gain. */
export const events = {
  orders: { item: 'lamp', count: 2 },
  accounts: { action: 'check', account: { email: 'ada@example.com', name: 'Ada' } },
  hello: { name: 'Ada' },
} as const satisfies Record<string, object>;

export type FunctionName = keyof typeof events;

/** What to say to Node so that the analyzer sees every module from the first one on. */
export const registered = { NODE_OPTIONS: '--import @pilotlight/analyzer/register' };

const analyzer = join(taskRoot, '../../packages/analyzer');

/**
 * Installs the functions' packages and builds the analyzer, each only where it is missing or older than
 * what it is made from. Rejects with npm's words where no registry answers.
 */
export async function prepareFunctions(): Promise<void> {
  const installed = modifiedAt(join(taskRoot, 'node_modules/.package-lock.json'));
  if (installed < modifiedAt(join(taskRoot, 'package-lock.json'))) await npm(taskRoot, 'ci');
  const sources = readdirSync(join(analyzer, 'src'), { recursive: true, withFileTypes: true });
  const newest = Math.max(...sources.map((it) => modifiedAt(join(it.parentPath, it.name))));
  if (modifiedAt(join(analyzer, 'dist/register.cjs')) >= newest) return;
  await promisify(execFile)(process.execPath, [join(analyzer, 'build.mjs')]);
}

/** 0 where there is none. */
function modifiedAt(path: string): number {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}
