// The tree of load times as text, widest bars for the longest times. Pure.
import type { ModuleDetail } from './report.ts';

/** Columns that a bar takes at most. */
const MAX_BAR = 24;
/** Below this many columns names are cut to nothing; lines then may wrap. */
const MIN_COLUMNS = 40;
const MAX_LINES = 60;

/**
 * Lines of at most `columns` characters: total and self milliseconds, a bar of the total, and the name,
 * indented below what loaded it. Long lists end with what was left out.
 */
export function treeLines(details: readonly ModuleDetail[], columns: number): string[] {
  if (details.length === 0) return ['no module took over 1 ms'];
  const width = Math.max(MIN_COLUMNS, columns);
  const barWidth = Math.min(MAX_BAR, Math.floor(width / 5));
  const names = new Set(details.map((it) => it.module));
  const children = new Map<string | undefined, ModuleDetail[]>();
  for (const detail of details) {
    const above =
      detail.parent !== undefined && names.has(detail.parent) ? detail.parent : undefined;
    const siblings = children.get(above);
    if (siblings === undefined) children.set(above, [detail]);
    else siblings.push(detail);
  }
  const longest = Math.max(...(children.get(undefined) ?? details).map((it) => it.total_ms));
  const lines = [`${'total'.padStart(9)} ${'self'.padStart(8)}  ${''.padEnd(barWidth)}  module`];
  const seen = new Set<string>();
  const add = (above: string | undefined, depth: number) => {
    const sorted = [...(children.get(above) ?? [])].sort((a, b) => b.total_ms - a.total_ms);
    for (const detail of sorted) {
      if (seen.has(detail.module)) continue;
      seen.add(detail.module);
      lines.push(line(detail, depth, longest, barWidth, width));
      add(detail.module, depth + 1);
    }
  };
  add(undefined, 0);
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, MAX_LINES), `... and ${lines.length - MAX_LINES} more`];
}

function line(
  detail: ModuleDetail,
  depth: number,
  longest: number,
  barWidth: number,
  width: number,
): string {
  const share = longest > 0 ? detail.total_ms / longest : 0;
  const bar = '#'.repeat(Math.max(1, Math.round(Math.min(1, share) * barWidth)));
  const version = detail.version === undefined ? '' : ` ${detail.version}`;
  const mark = detail.used === false ? ' (not used by the first call)' : '';
  const text = `${'  '.repeat(Math.min(depth, 10))}${plain(detail.module)}${plain(version)}${mark}`;
  const numbers = `${detail.total_ms.toFixed(1).padStart(9)} ${detail.self_ms.toFixed(1).padStart(8)}`;
  return `${numbers}  ${bar.padEnd(barWidth)}  ${text}`.slice(0, width);
}

/** Names come from file names, which may hold what a terminal obeys. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
}
