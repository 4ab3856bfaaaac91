// pilotlight images: what the images of the docker driver are made of, and how large they are.
import type { Command } from 'commander';
import { type Column, table } from '../format/table.ts';
import { type ImageRow, imageRows, totalBytes } from '../images/image-graph.ts';
import { type CommonOptions, printJson, printLine } from '../session.ts';

const size = (bytes: number | undefined) =>
  bytes === undefined ? '-' : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

const columns: readonly Column<ImageRow>[] = [
  { title: 'IMAGE', value: ({ depth, name }) => `${'  '.repeat(depth)}${name}` },
  { title: 'ADDS', value: ({ layers }) => layers.join(', ') || '-' },
  { title: 'VERSION', value: ({ version }) => version || '-' },
  { title: 'SIZE', value: ({ sizeBytes }) => size(sizeBytes), align: 'right' },
  { title: 'OWN', value: ({ ownBytes }) => size(ownBytes), align: 'right' },
  { title: 'SHARED', value: sharedText, align: 'right' },
  { title: 'LIMIT', value: ({ limitBytes }) => size(limitBytes), align: 'right' },
  { title: 'RESULT', value: ({ result }) => (result === 'no limit' ? '-' : result) },
];

function sharedText({ sharedBytes, sharedLayers }: ImageRow): string {
  if (!sharedBytes) return '-';
  return `${size(sharedBytes)} in ${sharedLayers} ${sharedLayers === 1 ? 'layer' : 'layers'}`;
}

const help = `
Each image stands on the one above it that is indented less. OWN is what it costs beyond that one,
SHARED what both are made of and an engine keeps once. npm run images builds what is not built or
outdated; sizes are in MB of 1,000,000 bytes.`;

export function addImages(program: Command): void {
  program
    .command('images')
    .description('Show the images of the docker driver, their layers and their sizes')
    .option('--json', 'print a JSON object')
    .addHelpText('after', help)
    .action(async (_, command: Command) => {
      const options: CommonOptions = command.optsWithGlobals();
      const { readBuiltImages, readDeclaredImages } = await import('../images/read-images.ts');
      const rows = imageRows(await readDeclaredImages(), await readBuiltImages());
      if (!options.json) return printLine(imageTable(rows));
      printJson({ images: rows.map(json), total_bytes: totalBytes(rows) });
    });
}

export function imageTable(rows: readonly ImageRow[]): string {
  const alone = rows.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  const count = (wanted: ImageRow['result']) => rows.filter((row) => row.result === wanted).length;
  return [
    table(columns, rows),
    `Together ${size(totalBytes(rows))}, where ${size(alone)} would be if nothing were shared.`,
    `${count('pass')} pass, ${count('fail')} fail, ${count('not built')} not built, ${count('outdated')} outdated.`,
  ].join('\n');
}

const json = (row: ImageRow) => ({
  name: row.name,
  from: row.from ?? null,
  layers: row.layers,
  version: row.version,
  size_bytes: row.sizeBytes ?? null,
  own_bytes: row.ownBytes ?? null,
  shared_bytes: row.sharedBytes ?? null,
  shared_layers: row.sharedLayers,
  limit_bytes: row.limitBytes ?? null,
  result: row.result,
});
