// Load times as a tree: who loaded whom, and how long each took.
import type { ModuleLoad } from '@pilotlight/contracts';
import { hasLoadDetails, type LoadedModule, loadTree } from '@pilotlight/contracts/load-tree';
import { type LoadRow, loadRows } from './load-rows.ts';
import type { Emphasis, Look } from './look.ts';
import { printable } from './printable.ts';
import { milliseconds } from './quantities.ts';
import { percent } from './stats.ts';
import { columnsOf, padded, shortened } from './text-width.ts';

export interface LoadTreeOptions {
  /** Median of the whole start; undefined where no report told. */
  readonly initMs: number | undefined;
  /** Every module has a line. */
  readonly all: boolean;
}

interface Load extends LoadedModule {
  readonly share: number | undefined;
  readonly unusedRate: number | undefined;
}

interface Line {
  /** Lines of the tree, then the name. */
  readonly trunk: string;
  readonly name: string;
  /** 0 to 1, of the longest bar; undefined: none. */
  readonly bar: number | undefined;
  readonly emphasis: Emphasis;
  /** Total, self, share, and whether it is used. */
  readonly cells: readonly [string, string, string, string];
}

const titles = ['TOTAL', 'SELF', 'SHARE', ''] as const;

/**
 * A line for each module, bars in proportion to the whole start. No line is longer than the terminal is wide, as
 * far as 56 columns are enough.
 */
export function loadTreeText(
  modules: readonly ModuleLoad[],
  { initMs, all }: LoadTreeOptions,
  look: Look,
): string {
  const loads = modules.map(loadOf);
  const tree = loadTree(loads);
  const isTree = hasLoadDetails(loads);
  const inModules = isTree ? sumOf(tree.map(({ module }) => module.totalMs)) : 0;
  const longest = Math.max(...loads.map(({ totalMs }) => totalMs));
  const wholeMs = initMs ?? Math.max(longest, inModules);
  const rows = loadRows(tree, { wholeMs, all });
  const lines = rows.map((row) => lineOf(row, wholeMs, look));
  if (initMs !== undefined) lines.unshift(wholeLine(initMs, initMs - inModules, isTree));
  return drawn(lines, look);
}

function loadOf({ module, parent, total, self, share, unusedRate }: ModuleLoad): Load {
  return { module, parent, totalMs: total?.p50 ?? 0, selfMs: self?.p50, share, unusedRate };
}

/** Its self time is what no module accounts for: the runtime's own start, and the function's code. */
function wholeLine(initMs: number, ownMs: number, isTree: boolean): Line {
  const isKnown = isTree && ownMs > 0;
  const self = isKnown ? milliseconds(ownMs) : '-';
  const share = isKnown ? percent(ownMs / initMs) : '-';
  const cells = [milliseconds(initMs), self, share, ''] as const;
  return { trunk: '', name: 'init', bar: 1, emphasis: 'strong', cells };
}

function lineOf(row: LoadRow<Load>, wholeMs: number, { unicode }: Look): Line {
  const trunk = trunkOf(row.trunk, unicode);
  if (row.kind === 'rest') {
    const name = `${unicode ? '…' : '...'} ${row.count} more`;
    const cells = [milliseconds(row.totalMs), '', '', ''] as const;
    return { trunk, name, bar: undefined, emphasis: 'quiet', cells };
  }
  const { module, totalMs, selfMs, share, unusedRate } = row.module;
  return {
    ...{ trunk, name: printable(module), emphasis: emphasisOf(share ?? totalMs / wholeMs) },
    bar: Math.min(1, wholeMs > 0 ? totalMs / wholeMs : 0),
    cells: [milliseconds(totalMs), milliseconds(selfMs), percent(share), useOf(unusedRate)],
  };
}

function emphasisOf(share: number): Emphasis {
  if (share >= 0.2) return 'large';
  return share >= 0.05 ? 'middling' : 'small';
}

function useOf(unusedRate: number | undefined): string {
  if (unusedRate === undefined || unusedRate === 0) return '';
  return unusedRate === 1 ? 'unused' : `${percent(unusedRate)} unused`;
}

/** Deeper levels than this are not told apart: the name needs the room. */
const deepest = 8;

function trunkOf(levels: readonly boolean[], unicode: boolean): string {
  const [down, last, fork, deeper] = unicode ? ['│ ', '└ ', '├ ', '⋯ '] : ['| ', '` ', '+ ', '~ '];
  const shown = levels.slice(-deepest);
  const above = shown.slice(0, -1).map((goesOn) => (goesOn ? down : '  '));
  const own = shown.at(-1) === true ? fork : last;
  return [...(levels.length > deepest ? [deeper] : []), ...above, own].join('');
}

const gap = '  ';
const narrowestBar = 8;
const widestBar = 40;
const narrowestName = 16;

function drawn(lines: readonly Line[], look: Look): string {
  const widths = titles.map((title, index) =>
    Math.max(title.length, ...lines.map(({ cells }) => cells[index]?.length ?? 0)),
  );
  const ofCells = sumOf(widths.filter((width) => width > 0).map((width) => width + gap.length));
  const room = Math.max(narrowestName, look.columns - ofCells);
  const longest = Math.max(...lines.map(({ trunk, name }) => columnsOf(trunk + name)));
  const ofBar = room - Math.min(longest, Math.max(narrowestName, Math.ceil(room / 2)));
  const bar = Math.min(widestBar, ofBar - gap.length);
  const hasBars = bar >= narrowestBar;
  const name = Math.min(longest, hasBars ? room - bar - gap.length : room);
  const head = padded('', name + (hasBars ? bar + gap.length : 0));
  const shown = lines.map((line) => {
    const cells = cellsOf(line.cells, widths);
    const parts = [nameOf(line, name, look), ...(hasBars ? [barOf(line, bar, look)] : []), cells];
    return parts.join(gap).trimEnd();
  });
  return [look.paint('quiet', `${head}${gap}${cellsOf(titles, widths)}`.trimEnd()), ...shown].join(
    '\n',
  );
}

function cellsOf(cells: readonly string[], widths: readonly number[]): string {
  const [use = '', ...numbers] = cells.toReversed();
  const right = numbers.toReversed().map((cell, index) => cell.padStart(widths[index] ?? 0));
  return [...right, use].join(gap).trimEnd();
}

function nameOf({ trunk, name, emphasis }: Line, columns: number, look: Look): string {
  const needed = Math.min(columnsOf(name), narrowestName / 2);
  const tree = shortened(trunk, Math.max(0, columns - needed), '');
  const room = columns - columnsOf(tree);
  const text = padded(shortened(name, room, look.unicode ? '…' : '..'), room);
  const painted = emphasis === 'strong' || emphasis === 'quiet' ? look.paint(emphasis, text) : text;
  return `${tree === '' ? '' : look.paint('quiet', tree)}${painted}`;
}

/** Blocks in eighths, the last of them a part. */
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function barOf({ bar = 0, emphasis }: Line, columns: number, { unicode, paint }: Look): string {
  const length = bar * columns;
  const whole = Math.floor(length);
  const text = unicode
    ? '█'.repeat(whole) + (eighths[Math.floor((length - whole) * 8)] ?? '')
    : '#'.repeat(Math.round(length));
  const rest = ' '.repeat(Math.max(0, columns - columnsOf(text)));
  return `${text === '' ? '' : paint(emphasis, text)}${rest}`;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
