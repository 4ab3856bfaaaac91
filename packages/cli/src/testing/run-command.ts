// Runs the command line as its users do: as a process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const main = join(import.meta.dirname, '../../bin/pilotlight.mjs');

export async function runCommand(args: readonly string[], stdin = ''): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...args], { stdio: 'pipe' });
  child.stdin.end(stdin);
  const ended = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code, stdout, stderr };
}
