// The one message a warm sandbox ever reads: sixteen ASCII bytes (a decimal length, padded with
// spaces, closed by a newline), then a ustar archive of that length. Runners in any language parse
// it with a few lines; `read`, `head -c` and `tar -x` are enough for a shell. Entries, in this order:
//   job/argv        NUL-terminated arguments: the file to run first, then the user's own
//   job/env         NUL-terminated NAME=value pairs, added to the template's environment
//   job/profile     the same two as a POSIX shell script: exports, then `set -- FILE ARG…`
//   job/stdin       what the program reads on descriptor 0; not in an interactive job
//   job/nonce       only for languages with a compile stage: 32 hexadecimal digits
//   workspace/PATH  one entry for each file (parent directories are made by the runner)
// The archive is unpacked at /, where /job and /workspace are tmpfs owned by the sandbox's user.
//
// A staged job: the runner compiles with stdout and stderr as they are, removes what only the compiler
// needed (files count as memory, of which the program may have less), and then writes on each of them
// NUL, the nonce, a space, the compiler's exit code (128 + N for signal N) and a newline. After 0 it
// waits for one byte, a newline, on the descriptor that the job came on and becomes the program; at the end of
// that stream, or after another code, it exits. Until then the host measures and limits the
// compiler; the byte is its word that the program's own limits are in force.
//
// An interactive job has no job/stdin: descriptor 0 of its program is the stream that the job came on,
// with what comes after the job. So a runner reads not one byte past the job, or past that newline.
import { Buffer } from 'node:buffer';
import { invalidFields } from '@pilotlight/contracts';
import { encodeTar } from './tar.ts';

/** What a runner needs to become the user's program. Paths are relative, validated by contracts. */
export interface Job {
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[];
  /** The file to run, relative to the workspace, then the program's own arguments. */
  readonly argv: readonly string[];
  /** Absent in an interactive job. */
  readonly stdin?: Uint8Array;
  readonly env: Readonly<Record<string, string>>;
  /** For a staged job: what marks the end of its compile stage. */
  readonly nonce?: string;
}

const headerBytes = 16;

const nulTerminated = (values: readonly string[]) =>
  Buffer.from(values.map((v) => `${v}\0`).join(''));

const shellQuoted = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;

function shellProfile(job: Job): Buffer {
  const exports = Object.entries(job.env).map(([name, v]) => `export ${name}=${shellQuoted(v)}\n`);
  return Buffer.from(`${exports.join('')}set -- ${job.argv.map(shellQuoted).join(' ')}\n`);
}

function check(job: Job): void {
  const problems = [
    ...(job.argv.length === 0 ? [{ field: 'argv', problem: 'names no file to run' }] : []),
    ...job.argv.flatMap((arg, i) =>
      arg.includes('\0') ? [{ field: `argv[${i}]`, problem: 'contains a NUL byte' }] : [],
    ),
    ...Object.entries(job.env).flatMap(([name, value]) => [
      ...(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
        ? []
        : [{ field: `env.${name}`, problem: 'is not a name of letters, digits and _' }]),
      ...(value.includes('\0') ? [{ field: `env.${name}`, problem: 'contains a NUL byte' }] : []),
    ]),
  ];
  if (problems.length > 0) throw invalidFields(problems);
}

/**
 * The bytes of one job, to be written to a sandbox's descriptor 0 in one go. Throws
 * `invalid_argument` for what the format cannot hold: NUL bytes in arguments or environment,
 * environment names that a shell refuses, paths longer than ustar allows.
 */
export function encodeJob(job: Job): Uint8Array {
  check(job);
  const env = Object.entries(job.env).map(([name, value]) => `${name}=${value}`);
  const message = encodeTar(
    [
      { path: 'job/argv', content: nulTerminated(job.argv) },
      { path: 'job/env', content: nulTerminated(env) },
      { path: 'job/profile', content: shellProfile(job) },
      ...(job.stdin === undefined ? [] : [{ path: 'job/stdin', content: job.stdin }]),
      ...(job.nonce === undefined
        ? []
        : [{ path: 'job/nonce', content: Buffer.from(job.nonce, 'latin1') }]),
      ...job.files.map(({ path, content }) => ({ path: `workspace/${path}`, content })),
    ],
    headerBytes,
  );
  message.write(`${message.length - headerBytes}`.padEnd(headerBytes - 1).concat('\n'), 'latin1');
  return message;
}
