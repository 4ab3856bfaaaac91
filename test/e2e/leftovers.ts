// What a platform that ended may have left on this machine, found by looking, not by asking it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

/** The kernel takes a moment to reap what was killed and to let go of its control groups. */
const settlesWithinMs = 2_000;

/** By what the traces of one platform are known, so that those beside it are not mistaken for it. */
export interface Marks {
  readonly dataDir: string;
  /** One of them is part of the id of every sandbox. */
  readonly nodes: readonly string[];
  /** Every process of it has one of these among its arguments or in its environment. */
  readonly words: readonly string[];
  readonly usesDocker: boolean;
  /** Of an engine that is not at the usual address. */
  readonly dockerHost?: string | undefined;
}

/**
 * Fails on a process, sandbox, control group, mount or directory of a platform that was stopped.
 */
export async function expectNothingLeft(ended: Marks): Promise<void> {
  const isGone = () => leftoversOf(ended).length === 0;
  await until('nothing is left', isGone, settlesWithinMs).catch((error: Error) => {
    throw new Error(`${error.message} There is:\n${leftoversOf(ended).join('\n')}`);
  });
}

/** One line for each trace. */
export function leftoversOf(ended: Marks): string[] {
  const { dataDir, nodes, words } = ended;
  return [
    ...processesOf(words).map((pid) => `process ${pid}`),
    ...(existsSync(dataDir) ? [`directory ${dataDir}`] : []),
    ...nodes.flatMap((node) => leftoversOfNode(node, ended)),
  ];
}

function leftoversOfNode(node: string, ended: Marks): string[] {
  const containers = ended.usesDocker ? containersOf(node, ended) : [];
  return [
    ...sandboxProcesses(node).map((pid) => `process ${pid} of a sandbox`),
    ...sandboxGroups(node).map((group) => `control group ${group}`),
    ...mountsOf(node).map((mount) => `mount ${mount}`),
    ...containers.map((container) => `container ${container}`),
    ...sandboxFolders(node)
      .filter(existsSync)
      .map((path) => `directory ${path}`),
  ];
}

/** Pids of everything that lives in a sandbox of a node. Linux only; elsewhere empty. */
export function sandboxProcesses(node: string): number[] {
  return livingProcesses().filter((pid) => readProc(pid, 'cgroup').includes(`sb_${node}_`));
}

function processesOf(words: readonly string[]): number[] {
  const isMarked = (text: string) => words.some((word) => text.includes(word));
  return livingProcesses().filter(
    (pid) => isMarked(readProc(pid, 'cmdline')) || isMarked(readProc(pid, 'environ')),
  );
}

function livingProcesses(): number[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

const controlGroups = '/sys/fs/cgroup';

function sandboxGroups(node: string, below = controlGroups): string[] {
  return entriesOf(below).flatMap((name) => {
    const path = join(below, name);
    return name.includes(`sb_${node}_`) ? [path] : sandboxGroups(node, path);
  });
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function mountsOf(node: string): string[] {
  if (!existsSync('/proc/self/mountinfo')) return [];
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`sb_${node}_`) || line.includes(`pilotlight-${node}`));
}

function sandboxFolders(node: string): string[] {
  return ['/run', tmpdir()].map((parent) => join(parent, `pilotlight-${node}`));
}

function containersOf(node: string, { dockerHost }: Marks): string[] {
  const args = ['ps', '--all', '--quiet', '--filter', `name=sb_${node}_`];
  const env = { ...process.env, ...(dockerHost !== undefined && { DOCKER_HOST: dockerHost }) };
  return execFileSync('docker', args, { encoding: 'utf8', env }).split('\n').filter(Boolean);
}

/** Empty for a process that is gone or is not ours to look at. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return ['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR'].includes(code);
}
