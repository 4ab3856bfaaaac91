// From a sandbox onto this machine: a command inside packs, and nothing of what it says is believed.
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { CommandExit, SandboxHandle } from '@pilotlight/client';
import { PlatformError } from '@pilotlight/contracts';
import { printable } from '../format/printable.ts';
import type { Copied, CopyOptions } from './copied.ts';
import { readablePath } from './place.ts';
import { unpack } from './unpack.ts';

/** Names as they are, second names of one file as files; no options but these. */
const packCommand = ['tar', '--no-unquote', '--hard-dereference', '--format=gnu', '-cf', '-'];
const environment = { LC_ALL: 'C', TAR_OPTIONS: '' };
/** Of what the command says; the rest is dropped. */
const maxSaidBytes = 4 * 1024;

/** Rejects `not_found` where there is nothing, `failed_precondition` for what is refused or unreadable. */
export async function download(
  sandbox: SandboxHandle,
  { from, to, onProgress }: CopyOptions,
): Promise<Copied> {
  const { folder, name } = readablePath(from);
  const target = await targetOf(to, name === '.' ? basename(folder) || sandbox.id : name);
  const kill = new AbortController();
  const argv = [...packCommand, '-C', folder, '--', name];
  const command = sandbox.start(argv, { env: environment, cwd: '/', signal: kill.signal });
  command.stdin.end();
  const said = beginningOf(command.stderr);
  try {
    const copied = await unpack(command.stdout, { root: name, target, onProgress });
    checkEnd(await command.exit, await said, from);
    return copied;
  } catch (thrown) {
    // An archive that ends early has a reason, which only the command knows.
    const reason = command.stdout.readableEnded ? await command.exit : undefined;
    if (reason !== undefined) checkEnd(reason, await said, from);
    throw thrown;
  } finally {
    kill.abort();
  }
}

/** Below a folder that is there, else the name itself, whose folder must be there. */
async function targetOf(to: string, name: string): Promise<string> {
  const there = await stat(to).catch(() => undefined);
  if (there?.isDirectory()) return join(to, name);
  const parent = await stat(dirname(resolve(to))).catch(() => undefined);
  if (parent?.isDirectory() && !to.endsWith('/')) return to;
  const missing = to.endsWith('/') ? to : dirname(to);
  throw new PlatformError('not_found', `There is no folder ${missing} here. Make it first.`);
}

async function beginningOf(stream: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (piece: Buffer) => {
    if (bytes < maxSaidBytes) pieces.push(piece);
    bytes += piece.length;
  });
  await new Promise((resolve) => stream.once('close', resolve));
  return Buffer.concat(pieces).subarray(0, maxSaidBytes).toString().trim();
}

/** Tar ends with 1 where a file changed while it was read, and with 2 where it could not read one. */
function checkEnd({ exitCode }: CommandExit, said: string, from: string): void {
  if (exitCode === 0) return;
  if (said.includes('No such file or directory')) {
    throw new PlatformError('not_found', `${from || '/workspace'}: there is no such file there.`);
  }
  const what = exitCode === 1 ? 'changed while it was read' : 'could not be read as a whole';
  const why = printable(said) || `tar ended with ${exitCode}`;
  throw new PlatformError('failed_precondition', `${from || '/workspace'} ${what}: ${why}`);
}
