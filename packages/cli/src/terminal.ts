// The caller's terminal in the hands of a command in a sandbox.
import type { ReadStream, WriteStream } from 'node:tty';
import type { RunningCommand } from '@pilotlight/client';
import { loadConfig, optionalText, settings } from '@pilotlight/config';

export interface Terminal {
  readonly input: Pick<ReadStream, 'isTTY' | 'setRawMode'>;
  readonly output: Pick<WriteStream, 'isTTY' | 'columns' | 'rows' | 'on' | 'off'>;
}

/** Where nobody can tell, as terminals were for decades. */
const usualSize = { columns: 80, rows: 24 };
/** The platform refuses larger ones. */
const maxCells = 2_000;

export function sizeOf({ output }: Terminal): typeof usualSize {
  const cells = (count: number | undefined, usual: number) =>
    output.isTTY === true && count !== undefined && count > 0 ? Math.min(count, maxCells) : usual;
  return {
    columns: cells(output.columns, usualSize.columns),
    rows: cells(output.rows, usualSize.rows),
  };
}

/** What the terminal understands, as programs are told by TERM. */
export function terminalKind(): string {
  const here = settings({ term: optionalText({ description: 'What the terminal understands.' }) });
  return loadConfig(here, { prefix: '' }).term ?? 'xterm';
}

/**
 * Passes every key on, Ctrl-C too, and changes of size. The result gives the terminal back as it was;
 * so does the end of this process, however it comes about, unless it is killed outright.
 */
export function lendTerminal(terminal: Terminal, command: RunningCommand): () => void {
  const { input, output } = terminal;
  const resize = () => command.resize(sizeOf(terminal));
  const restore = () => {
    input.setRawMode(false);
    output.off('resize', resize);
    process.off('exit', restore);
  };
  process.on('exit', restore);
  output.on('resize', resize);
  input.setRawMode(true);
  // It may have changed between the start and now.
  resize();
  return restore;
}
