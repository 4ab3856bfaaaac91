// The hostile programs that are simply run, with what must come of each. The numbers are those of the
// list of hostile programs in the requirements; what needs more than one run is in encounters.ts.
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { RunRequest } from '@pilotlight/client';
import type { TerminalStatus } from '@pilotlight/contracts';

/** One program of programs/ and its verdict. */
export interface HostileProgram extends Verdict {
  readonly file: string;
  /** Instead, where a kernel of its own answers the program. */
  readonly onGvisor?: Verdict;
  readonly with?: Pick<RunRequest, 'args' | 'stdin' | 'memoryMb' | 'timeoutSeconds'> & {
    readonly compileTimeoutSeconds?: number;
  };
}

/** What must come of a program; what is left out may be anything. */
export interface Verdict {
  /** One of these, where which limit comes first is the machine's affair. */
  readonly status: TerminalStatus | readonly TerminalStatus[];
  readonly exitCode?: number;
  readonly signal?: string;
  readonly stdout?: string | RegExp;
  /** Raw bytes where text would not tell. */
  readonly stdoutBytes?: Buffer;
  /** Of the compile stage, for programs that attack the compiler. */
  readonly compileStatus?: readonly string[];
}

const languages: Readonly<Record<string, string>> = {
  '.sh': 'shell',
  '.py': 'python',
  '.js': 'javascript',
  '.cpp': 'cpp',
};

/** A program's language, by the end of its name, and its text. */
export function sourceOf(file: string): { readonly language: string; readonly code: string } {
  const language = languages[extname(file)];
  if (language === undefined) throw new Error(`${file} is in no known language`);
  return { language, code: readFileSync(new URL(`programs/${file}`, import.meta.url), 'utf8') };
}

/** Wall time of programs that would not end by themselves, in seconds. */
const short = { timeoutSeconds: 2 };
const little = { memoryMb: 64 };

const refusals = (names: string) => new RegExp(`^(?:(?:${names}) E(?:PERM|NOSYS|ACCES)\\n)+$`);

/** Processes are memory of gVisor's kernel, which is limited with them. */
const eitherLimit: Verdict = { status: ['pids_limit', 'out_of_memory'] };

const resources: readonly HostileProgram[] = [
  { file: '01-fork-bomb.sh', status: 'pids_limit', onGvisor: eitherLimit },
  { file: '02-thread-bomb.py', status: 'pids_limit', onGvisor: eitherLimit },
  { file: '03-allocate-and-touch.py', status: 'out_of_memory' },
  { file: '04-memory-over-children.sh', status: 'out_of_memory', with: little },
  { file: '05-fill-tmpfs.sh', status: 'out_of_memory', with: little },
  { file: '06-spin.py', status: 'timeout', with: short },
  { file: '07-sleep-for-ever.sh', status: 'timeout', stdout: 'waiting\n', with: short },
  { file: '08-descriptors.py', status: 'completed', exitCode: 0, stdout: 'EMFILE\n' },
  {
    file: '09-fill-disk.py',
    ...{ status: 'completed', exitCode: 0, stdout: '/workspace ENOSPC\n/tmp ENOSPC\n' },
  },
  {
    file: '10-inodes.py',
    ...{ status: 'completed', exitCode: 0, stdout: 'ENOSPC True\n', with: { timeoutSeconds: 10 } },
    // Its tmpfs counts no inodes; they cost memory.
    onGvisor: { status: 'out_of_memory' },
  },
  {
    file: '11-sparse-file.py',
    ...{ status: 'completed', exitCode: 0 },
    stdout: /^fallocate E(FBIG|NOSPC)\ntruncate EFBIG\n$/,
  },
  {
    file: '12-deep-directories.py',
    ...{ status: 'completed', exitCode: 0, stdout: 'deep\n' },
  },
  {
    file: '13-compile-bomb.cpp',
    ...{ status: 'compile_error', compileStatus: ['timeout', 'out_of_memory'] },
    with: { compileTimeoutSeconds: 5 },
  },
  {
    file: '13-include-a-device.cpp',
    ...{ status: 'compile_error', compileStatus: ['timeout', 'out_of_memory', 'completed'] },
    with: { compileTimeoutSeconds: 5 },
  },
  { file: '14-deep-recursion.py', status: 'completed', exitCode: 1 },
  { file: '14-deep-recursion.js', status: 'completed', exitCode: 1 },
];

const output: readonly HostileProgram[] = [
  { file: '15-endless-output.js', status: 'output_limit', with: { timeoutSeconds: 10 } },
  { file: '16-one-long-line.py', status: 'output_limit', with: { timeoutSeconds: 10 } },
  { file: '17-stderr-with-stdout-closed.py', status: 'output_limit' },
  {
    file: '18-unread-stdin.sh',
    ...{ status: 'completed', stdout: 'unread\n', with: { stdin: 'x'.repeat(1024 * 1024) } },
  },
  {
    file: '19-every-byte.py',
    status: 'completed',
    stdoutBytes: Buffer.concat([
      Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
      Buffer.from('\u001b[31mred\u001b[0m\r\n\0'),
      Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xe2, 0x82]),
    ]),
  },
  {
    file: '20-split-characters.py',
    ...{ status: 'completed', stdout: `😀éx${'😀é'.repeat(60_000)}` },
  },
  { file: '21-closes-stdout.sh', status: 'timeout', stdout: 'on\n', with: short },
  { file: '22-exit-137.sh', status: 'completed', exitCode: 137, signal: '' },
  { file: '22-sigkill.sh', status: 'failed', exitCode: -1, signal: 'SIGKILL' },
];

const lifetime: readonly HostileProgram[] = [
  { file: '23-daemon.py', status: 'completed', exitCode: 0, stdout: 'left one behind\n' },
  { file: '24-grandchild-holds-stdout.sh', status: 'completed', stdout: 'done\n' },
  { file: '25-kill-everything.sh', status: 'failed', stdout: 'bye\n' },
  { file: '26-stops-itself.sh', status: 'timeout', stdout: 'stop\n', with: short },
  { file: '26-stops-everything.sh', status: 'timeout', stdout: 'stop\n', with: short },
];

const isolation: readonly HostileProgram[] = [
  { file: '36-proc-tricks.py', status: 'completed', exitCode: 0, stdout: '[]\n'.repeat(4) },
  {
    file: '37-namespaces.py',
    ...{ status: 'completed', exitCode: 0 },
    stdout: refusals(
      'mount|umount2|unshare|setns|pivot_root|chroot|sethostname|clone.*|fsopen|\\w+_\\w+',
    ),
  },
  {
    file: '38-kernel-interfaces.py',
    ...{ status: 'completed', exitCode: 0 },
    stdout: refusals('\\w+'),
  },
  {
    file: '39-gain-privileges.py',
    ...{ status: 'completed', exitCode: 0 },
    stdout:
      /^\[\]\ncapability E(PERM|NOTSUP|OPNOTSUPP)\ndevice EPERM\nsetuid EPERM\nchown EPERM\nNoNewPrivs [1?] CapEff 0 CapBnd 0\n$/,
  },
  { file: '40-control-groups.py', status: 'completed', exitCode: 0, stdout: '[]\n[]\n' },
];

/** Those that are no load for the machine: many can be run at once. */
export const lightPrograms: readonly HostileProgram[] = [...output, ...lifetime];

/** Everything that is one run with one verdict. */
export const hostilePrograms: readonly HostileProgram[] = [
  ...resources,
  ...output,
  ...lifetime,
  ...isolation,
];
