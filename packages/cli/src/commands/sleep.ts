// pilotlight pause, resume, hibernate and keepalive: how long a leased sandbox lasts, and what it costs.
import type { SandboxHandle } from '@pilotlight/client';
import type { Sandbox } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { type LeasedOptions, tokenOption, withLease } from '../leased.ts';
import { printJson, printLine } from '../session.ts';

interface Verb {
  readonly name: string;
  readonly description: string;
  readonly note: string;
  call(sandbox: SandboxHandle): Promise<Sandbox>;
  said(sandbox: Sandbox): string;
}

const inState = ({ sandboxId, state }: Sandbox) => `${sandboxId} is ${state}.`;

const verbs: readonly Verb[] = [
  {
    name: 'pause',
    description: 'Freeze every process of a leased sandbox',
    note: 'It keeps its memory and costs no processor. Its deadlines go on running.',
    call: (sandbox) => sandbox.pause(),
    said: inState,
  },
  {
    name: 'hibernate',
    description: 'Freeze a leased sandbox and give its memory back',
    note: 'Where its node cannot, exit code 69 and the reason; pause it instead.',
    call: (sandbox) => sandbox.hibernate(),
    said: inState,
  },
  {
    name: 'resume',
    description: 'Wake a sandbox that was paused or hibernated',
    note: 'One that is awake stays awake.',
    call: (sandbox) => sandbox.resume(),
    said: inState,
  },
  {
    name: 'keepalive',
    description: 'Move the idle deadline of a leased sandbox',
    note: 'Never past the time to live that it was acquired with.',
    call: (sandbox) => sandbox.keepAlive(),
    said: ({ sandboxId, expiresAt }) =>
      `${sandboxId} lives until ${expiresAt?.toISOString() ?? 'it is released'} at most.`,
  },
];

export function addSleep(program: Command): void {
  for (const { name, description, note, call, said } of verbs) {
    program
      .command(name)
      .description(description)
      .argument('<sandbox>', 'its id')
      .option(...tokenOption)
      .option('--json', 'print the sandbox as one JSON object')
      .addHelpText('after', `\n${note}\n\nExample:\n  pilotlight ${name} sb_node_k3_1`)
      .action(async (sandboxId: string, _, command: Command) => {
        const options: LeasedOptions = command.optsWithGlobals();
        const sandbox = await withLease(options, sandboxId, call);
        if (!options.json) return printLine(said(sandbox));
        const { Sandbox } = await import('@pilotlight/contracts');
        printJson(Sandbox.toJSON(sandbox));
      });
  }
}
