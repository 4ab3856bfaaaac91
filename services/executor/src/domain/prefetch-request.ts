// What a node may be asked to fetch ahead, and how a context reaches the command that does it.
import {
  type FieldError,
  invalidFields,
  type PlatformError,
  type PrefetchRequest,
} from '@pilotlight/contracts';

/** What a node knows to do by itself; everything else comes with a command. */
const builtIn = ['dependencies', 'lsp_server'];
const resourcePattern = /^[a-z][a-z0-9_]{0,63}$/;
const contextPattern = /^[a-z][a-z0-9_]{0,31}$/;
const maxContext = 16;
const maxValueBytes = 1_024;

/** Everything that is wrong with a request but its lease. */
export function prefetchProblems(request: PrefetchRequest): PlatformError | undefined {
  const { resource, context, command } = request;
  const problems: FieldError[] = [...contextProblems(context)];
  if (!resourcePattern.test(resource)) {
    problems.push({ field: 'resource', problem: 'must be lower case, digits and "_"' });
  }
  if (builtIn.includes(resource) !== (command.length === 0)) {
    const problem = command.length === 0 ? 'must be given' : 'is not for this resource';
    problems.push({ field: 'command', problem });
  }
  if (command.some((argument) => argument.includes('\0'))) {
    problems.push({ field: 'command', problem: 'must not contain NUL' });
  }
  return problems.length > 0 ? invalidFields(problems) : undefined;
}

function contextProblems(context: Readonly<Record<string, string>>): FieldError[] {
  const entries = Object.entries(context);
  const problems = entries.flatMap(([name, value]) => {
    const field = `context.${name}`;
    if (!contextPattern.test(name))
      return [{ field, problem: 'must be lower case, digits and "_"' }];
    const isUsable = Buffer.byteLength(value) <= maxValueBytes && !value.includes('\0');
    return isUsable
      ? []
      : [{ field, problem: `must be at most ${maxValueBytes} bytes, without NUL` }];
  });
  if (entries.length <= maxContext) return problems;
  return [...problems, { field: 'context', problem: `must be at most ${maxContext} entries` }];
}

/** `path` of the context is PREFETCH_PATH to the command. */
export function variablesOf(context: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context).map(([name, value]) => [`PREFETCH_${name.toUpperCase()}`, value]),
  );
}
