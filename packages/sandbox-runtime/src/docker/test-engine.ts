// For tests only: a Docker engine with the templates' images, started where none answers.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const setup = fileURLToPath(new URL('../../../../setup/', import.meta.url));

export type TestEngine =
  | { readonly kind: 'ready'; readonly host: string; stop(): Promise<void> }
  | { readonly kind: 'none'; readonly reason: string };

const usualImages = ['shell', 'python', 'javascript'];

/**
 * Finds or starts an engine and builds what is missing of these images (see templates/images.json) and
 * of what they need: a minute for the first time on a machine, then about a second. `stop` stops
 * only what was started here.
 */
export async function testEngine(images: readonly string[] = usualImages): Promise<TestEngine> {
  try {
    const engine = parseEngine(await runSetup('docker-engine.mjs', '--start', '--json'));
    const stop = async () => {
      if (engine.started) await runSetup('docker-engine.mjs', '--stop');
    };
    try {
      await runSetup('images.mjs', '--only', ...images);
    } catch (error) {
      await stop();
      throw error;
    }
    return { kind: 'ready', host: engine.host, stop };
  } catch (error) {
    return { kind: 'none', reason: complaint(error) };
  }
}

async function runSetup(script: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [`${setup}${script}`, ...args]);
  return stdout;
}

function parseEngine(line: string): { host: string; started: boolean } {
  const engine: unknown = JSON.parse(line);
  if (typeof engine === 'object' && engine !== null && 'host' in engine && 'started' in engine) {
    return { host: String(engine.host), started: engine.started === true };
  }
  throw new Error(`Not an engine: ${line}`);
}

/** What the script said, rather than that it failed. */
function complaint(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said =
    'stdout' in error && 'stderr' in error ? `${error.stdout}${error.stderr}`.trim() : '';
  return said === '' ? error.message : said;
}
