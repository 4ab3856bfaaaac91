// pilotlight files and pilotlight cat: what is in a leased sandbox.
import { pipeline } from 'node:stream/promises';
import type { FileEntry } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { printable } from '../format/printable.ts';
import { size } from '../format/quantities.ts';
import { type Column, table } from '../format/table.ts';
import { type LeasedOptions, tokenOption, withLease } from '../leased.ts';
import { note, printJson, printLine } from '../session.ts';

interface FilesOptions extends LeasedOptions {
  readonly recursive?: boolean;
}

const columns: readonly Column<FileEntry>[] = [
  { title: 'KIND', value: (row) => row.kind },
  { title: 'MODE', value: (row) => (row.mode & 0o7777).toString(8).padStart(4, '0') },
  {
    title: 'SIZE',
    value: (row) => (row.kind === 'file' ? size(row.sizeBytes) : '-'),
    align: 'right',
  },
  { title: 'MODIFIED', value: (row) => row.modifiedAt?.toISOString().slice(0, 19) ?? '-' },
  { title: 'PATH', value: (row) => printable(row.path) },
];

export function addFiles(program: Command): void {
  program
    .command('files')
    .description('List the files of a leased sandbox')
    .argument('<sandbox>', 'its id')
    .argument('[path]', 'a folder, absolute or relative to /workspace', '')
    .option('-r, --recursive', 'with everything below it')
    .option(...tokenOption)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  pilotlight files sb_node_k3_1\n  pilotlight files sb_node_k3_1 src -r --json',
    )
    .action(async (sandboxId: string, path: string, _, command: Command) => {
      const options: FilesOptions = command.optsWithGlobals();
      const { recursive = false } = options;
      const listed = await withLease(options, sandboxId, (sandbox) =>
        sandbox.listFiles(path, { recursive }),
      );
      if (options.json) {
        const { ListFilesResponse } = await import('@pilotlight/contracts');
        return printJson(ListFilesResponse.toJSON(listed));
      }
      printLine(fileTable(listed.entries));
      if (listed.truncated) note('There are more; name a folder below it.');
    });
}

/** Names are shown so that they cannot write elsewhere on a terminal. */
export function fileTable(entries: readonly FileEntry[]): string {
  return entries.length === 0 ? 'No files.' : table(columns, entries);
}

export function addCat(program: Command): void {
  program
    .command('cat')
    .description('Write a file of a leased sandbox to standard output')
    .argument('<sandbox>', 'its id')
    .argument('<path>', 'absolute or relative to /workspace')
    .option(...tokenOption)
    .addHelpText('after', '\nExample:\n  pilotlight cat sb_node_k3_1 report.json | jq .')
    .action(async (sandboxId: string, path: string, _, command: Command) => {
      const options: LeasedOptions = command.optsWithGlobals();
      await withLease(options, sandboxId, (sandbox) =>
        pipeline(sandbox.openFile(path), process.stdout, { end: false }),
      );
    });
}
