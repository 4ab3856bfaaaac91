// A folder that is gone after the test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder extends Disposable {
  readonly path: string;
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'pilotlight-cli-'));
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}
