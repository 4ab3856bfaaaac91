// A folder of templates for one test: some that ship, and some of the test's own.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const shipped = fileURLToPath(new URL('../../templates', import.meta.url));

/** What a test's own template consists of: content by path below its folder. */
export type OwnTemplate = Readonly<Record<string, string>>;

/** The folder, which is removed after the block's tests. `only`: names of templates that ship. */
export function useTemplates(
  only: readonly string[],
  own: Readonly<Record<string, OwnTemplate>>,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'pilotlight-templates-'));
  const entries = readdirSync(shipped, { withFileTypes: true });
  const shared = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  for (const name of [...shared, ...only]) {
    cpSync(join(shipped, name), join(folder, name), { recursive: true });
  }
  for (const [name, files] of Object.entries(own)) {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name, path)), { recursive: true });
      writeFileSync(join(folder, name, path), content);
    }
  }
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}
