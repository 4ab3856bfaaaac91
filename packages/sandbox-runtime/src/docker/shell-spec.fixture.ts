// For tests only: the specification of a sandbox of the shell template, and a job for it.
import { randomUUID } from 'node:crypto';
import { hostTemplates } from '../conformance/templates.ts';
import type { SandboxSpec } from '../driver.ts';
import { encodeJob } from '../job.ts';

/** A new sandbox with small limits. */
export function shellSpec(): SandboxSpec {
  return {
    id: `test-${randomUUID()}`,
    incarnation: 'docker-test',
    template: { ...hostTemplates().shell, image: 'pilotlight/shell' },
    limits: {
      memoryBytes: 64 << 20,
      cpus: 1,
      pids: 32,
      openFiles: 256,
      workspaceBytes: 16 << 20,
    },
  };
}

/** A job that runs this shell script; an interactive one where `stdin` is null. */
export function shellJob(script: string, stdin: Uint8Array | null = new Uint8Array()): Uint8Array {
  return encodeJob({
    files: [{ path: 'main.sh', content: Buffer.from(script, 'utf8') }],
    argv: ['main.sh'],
    ...(stdin !== null && { stdin }),
    env: {},
  });
}
