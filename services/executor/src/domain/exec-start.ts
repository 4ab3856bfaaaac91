// What a command may be started with, and told while it runs. Every problem at once, by field.
import {
  type ExecRequest,
  type ExecStart,
  envProblems,
  type FieldError,
  invalidFields,
  type TerminalSize,
} from '@pilotlight/contracts';

/** A start that was found valid. */
export interface CheckedStart extends Pick<ExecStart, 'lease' | 'argv' | 'env' | 'timeoutSeconds'> {
  readonly cwd: string;
  readonly tty: TerminalSize | undefined;
}

/** Larger ones are a mistake, and some programs allocate that many cells. */
const maxCells = 2_000;

/** Those that mean something between processes; none that only the kernel raises for itself. */
const signals = [
  ...['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGKILL', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE'],
  ...['SIGALRM', 'SIGTERM', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGWINCH'],
];

/** Throws `invalid_argument` for a first message that is no start, or a wrong one. */
export function checkStart(first: ExecRequest | undefined): CheckedStart {
  const message = first?.message;
  if (message?.$case !== 'start') {
    throw invalidFields([{ field: 'start', problem: 'must be the first message' }]);
  }
  const { start } = message;
  const { lease, argv, env, cwd, timeoutSeconds, tty } = start;
  const problems: FieldError[] = [];
  const expect = (field: string, holds: boolean, problem: string) => {
    if (!holds) problems.push({ field, problem });
  };
  expect('argv', argv.length > 0, 'must not be empty');
  expect(
    'argv',
    argv.every((arg) => !arg.includes('\0')),
    'must not contain NUL',
  );
  expect('cwd', cwd === '' || cwd.startsWith('/'), 'must be absolute');
  expect('cwd', !cwd.includes('\0'), 'must not contain NUL');
  expect('timeout_seconds', timeoutSeconds >= 0, 'must not be negative');
  problems.push(...envProblems('env', env), ...(tty === undefined ? [] : sizeProblems('tty', tty)));
  if (problems.length > 0) throw invalidFields(problems);
  return { lease, argv, env, timeoutSeconds, tty, cwd: cwd === '' ? '/workspace' : cwd };
}

/** Throws `invalid_argument`. */
export function checkSize(size: TerminalSize): TerminalSize {
  const problems = sizeProblems('resize', size);
  if (problems.length > 0) throw invalidFields(problems);
  return size;
}

/** Throws `invalid_argument` for a name that is none, or of a signal that nobody sends. */
export function checkSignal(name: string): NodeJS.Signals {
  if (signals.includes(name)) return name as NodeJS.Signals;
  throw invalidFields([{ field: 'signal', problem: `must be one of ${signals.join(', ')}` }]);
}

function sizeProblems(field: string, size: TerminalSize): FieldError[] {
  const isFit = (cells: number) => cells >= 1 && cells <= maxCells;
  if (isFit(size.columns) && isFit(size.rows)) return [];
  return [{ field, problem: `must be 1 to ${maxCells} columns and rows` }];
}
