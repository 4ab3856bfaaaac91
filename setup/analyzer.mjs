// The analyzer's build, for ANALYZE=1: made when one of its sources is newer. Templates travel with their
// files, so what sandboxes have of it lies in the template's folder.
import { execFile } from 'node:child_process';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { projectNode } from './dependencies.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'packages/analyzer');
/** The register entry that times both module systems, as sandboxes have it. */
export const templateFile = join(root, 'templates/javascript/analyzer.mjs');

/** Says so first where there is something to build. Rejects with one sentence where the build fails. */
export async function ensureAnalyzer({ say }) {
  await ensureBuild({ say });
  giveToTemplate();
}

async function ensureBuild({ say }) {
  const sources = readdirSync(join(folder, 'src'), { recursive: true }).filter(
    (name) => !/\.test\.ts$|testing/.test(name),
  );
  const changedAt = Math.max(...sources.map((name) => modifiedAt(join(folder, 'src', name))));
  // Its types are written last of all.
  if (modifiedAt(join(folder, 'dist/register.d.cts')) > changedAt) return;
  say('Building the analyzer …');
  try {
    await promisify(execFile)(projectNode, [join(folder, 'build.mjs')]);
  } catch (error) {
    throw new Error(`The analyzer cannot be built: ${error.stderr || error.message}`);
  }
}

/** In one step: a platform may be reading its templates. */
function giveToTemplate() {
  const entry = readFileSync(join(folder, 'dist/register.js'));
  if (existsSync(templateFile) && entry.equals(readFileSync(templateFile))) return;
  const unfinished = `${templateFile}.${process.pid}`;
  writeFileSync(unfinished, entry);
  renameSync(unfinished, templateFile);
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
