// pilotlight cp: files and folders into a leased sandbox, and out of it.
import { PlatformError } from '@pilotlight/contracts';
import type { Command } from 'commander';
import type { Copied } from '../copy/copied.ts';
import { placeOf } from '../copy/place.ts';
import { printable } from '../format/printable.ts';
import { size } from '../format/quantities.ts';
import { type LeasedOptions, tokenOption, withLease } from '../leased.ts';
import { note, printJson } from '../session.ts';
import { StatusLine } from '../status-line.ts';

const help = `
Examples:
  pilotlight cp src sb_node_k3_1:              /workspace/src
  pilotlight cp data.csv sb_node_k3_1:in/      /workspace/in/data.csv
  pilotlight cp sb_node_k3_1:report.pdf .
  pilotlight cp sb_node_k3_1:/tmp/out results

A folder that is there already gets the copy below it; any other name is the copy's own. Files that are
there already are overwritten. Links are left out, and never followed. A file of this machine that looks
like ID:PATH is written ./ID:PATH.`;

export function addCp(program: Command): void {
  program
    .command('cp')
    .description('Copy files and folders into a leased sandbox, or out of it')
    .argument('<from>', 'a file or folder: here, or ID:PATH in a sandbox')
    .argument('<to>', 'where to: ID:PATH below /workspace, or here')
    .option(...tokenOption)
    .option('--json', 'print what was copied as one JSON object')
    .addHelpText('after', help)
    .action(async (from: string, to: string, _, command: Command) => {
      const options: LeasedOptions = command.optsWithGlobals();
      const status = new StatusLine(process.stderr);
      const copied = await copy(from, to, options, (done) =>
        status.update(summaryOf(done)),
      ).finally(() => status.clear());
      if (options.json) return printJson(copied);
      for (const name of copied.skipped)
        note(`Left out, neither file nor folder: ${printable(name)}`);
      if (process.stderr.isTTY) note(`Copied ${summaryOf(copied)}.`);
    });
}

async function copy(
  from: string,
  to: string,
  options: LeasedOptions,
  onProgress: (done: Copied) => void,
): Promise<Copied> {
  const [source, target] = [placeOf(from), placeOf(to)];
  // Loaded when they are used: the archive reader is for nobody else.
  if (source.kind === 'sandbox' && target.kind === 'local') {
    const { download } = await import('../copy/download.ts');
    return withLease(options, source.sandboxId, (sandbox) =>
      download(sandbox, { from: source.path, to: target.path, onProgress }),
    );
  }
  if (source.kind === 'local' && target.kind === 'sandbox') {
    const { upload } = await import('../copy/upload.ts');
    return withLease(options, target.sandboxId, (sandbox) =>
      upload(sandbox, { from: source.path, to: target.path, onProgress }),
    );
  }
  const problem =
    source.kind === 'local'
      ? 'Neither is in a sandbox: write one as ID:PATH.'
      : 'Both are in a sandbox: copy to this machine first.';
  throw new PlatformError('invalid_argument', problem);
}

function summaryOf({ files, bytes }: Copied): string {
  return `${files} ${files === 1 ? 'file' : 'files'}, ${size(bytes)}`;
}
