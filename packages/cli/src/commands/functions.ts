// pilotlight functions: which serverless functions start slowly, and why.
import type { FunctionMessage as AnalyzedFunction } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { functionTable, functionText } from '../format/functions.ts';
import { printable } from '../format/printable.ts';
import { nearNames } from '../near-names.ts';
import { readEndpoints } from '../platform/endpoints.ts';
import { type CommonOptions, printJson, printLine, type Session, withSession } from '../session.ts';
import { sinceOption, startOf, timeSpan } from '../since.ts';
import { lookOf } from '../terminal-look.ts';

interface FunctionsOptions extends CommonOptions {
  readonly project?: string;
  /** Milliseconds. */
  readonly since?: number;
  readonly all?: boolean;
}

/** As many as are answered at once. */
const limit = 1_000;

const help = `
Examples:
  pilotlight functions
  pilotlight functions payment-service --since 24h
  pilotlight functions payment-service --all --json

The list is of the last 24 hours: COLD is the share of calls that were cold starts, INIT what those took on
average. Of one function the last 7 days are looked at. TOTAL is a module's median with what it loads
itself, SELF without; SHARE is SELF's part of the whole start.`;

export function addFunctions(program: Command): void {
  program
    .command('functions')
    .description('Show serverless functions, or why the cold starts of one are slow')
    .argument('[name]', 'of one function, or its id')
    .option('-p, --project <slug>', 'only of this project')
    .option(...sinceOption, timeSpan)
    .option('--all', 'a line for every module')
    .option('--json', 'print a JSON array, or an object of one function')
    .addHelpText('after', help)
    .action(async (name: string | undefined, _, command: Command) => {
      const options: FunctionsOptions = command.optsWithGlobals();
      await withSession(options, (session) =>
        name === undefined ? showAll(session, options) : showOne(session, name, options),
      );
    });
}

async function showAll(session: Session, options: FunctionsOptions): Promise<void> {
  const functions = await listed(session, options);
  if (options.json) {
    const { FunctionMessage: Message } = await import('@pilotlight/contracts');
    return printJson(functions.map((one) => Message.toJSON(one)));
  }
  if (functions.length === 0) return printLine(await noFunctions(session, options));
  printLine(functionTable(functions, new Date()));
}

async function showOne(session: Session, name: string, options: FunctionsOptions): Promise<void> {
  const { FunctionDetails, PlatformError } = await import('@pilotlight/contracts');
  const asked = { ...scopeOf(options), ...startOf(options.since, new Date()) };
  const details = await session.client.getFunction(name, asked).catch(async (thrown: unknown) => {
    const error = PlatformError.from(thrown);
    const advice = await adviceOn(error.code, name, session, options);
    if (advice === undefined) throw error;
    const isUnknown = error.code === 'not_found';
    const problem = isUnknown ? `There is no function "${printable(name)}".` : error.message;
    throw new PlatformError(error.code, `${problem}\n${advice}`);
  });
  if (options.json) return printJson(FunctionDetails.toJSON(details));
  const look = lookOf(process.stdout);
  printLine(functionText(details, { all: options.all === true }, look));
}

/** What to do about an error; undefined where it says all there is. */
async function adviceOn(
  code: string,
  name: string,
  session: Session,
  options: FunctionsOptions,
): Promise<string | undefined> {
  if (code !== 'not_found' && code !== 'failed_precondition') return undefined;
  const functions = await listed(session, options);
  if (functions.length === 0) return noFunctions(session, options);
  if (code === 'failed_precondition') {
    const same = functions.filter(({ functionName }) => functionName === name);
    if (same.length < 2) return undefined;
    const projects = same.map(({ project }) => printable(project)).join(', ');
    return `Say which one with --project: ${projects}.`;
  }
  const near = nearNames(
    name,
    functions.map(({ functionName }) => functionName),
  );
  if (near.length === 0) return 'All there are: pilotlight functions';
  return `Do you mean ${near.map((one) => printable(one)).join(', or ')}?`;
}

function listed(
  { client }: Session,
  options: FunctionsOptions,
): Promise<readonly AnalyzedFunction[]> {
  return client.listFunctions({ ...scopeOf(options), limit });
}

function scopeOf({ project }: FunctionsOptions): { readonly project?: string } {
  return project === undefined ? {} : { project };
}

/** How to add the SDK, with what this platform's functions need to know. */
async function noFunctions(
  { client, dataDir }: Session,
  { project }: FunctionsOptions,
): Promise<string> {
  const known = project ?? (await client.keys.listProjects())[0]?.slug;
  const slug = known ?? 'functions';
  const { http } = readEndpoints(dataDir);
  return [
    `No function has reported a start${project === undefined ? '' : ` in ${printable(project)}`} yet. Add the SDK to one (npm install @pilotlight/analyzer):`,
    "  exports.handler = require('@pilotlight/analyzer').analyze(handler);",
    'and tell it where to report, and as whom:',
    ...(known === undefined ? [`  pilotlight projects create ${slug}`] : []),
    `  COLDSTART_ENDPOINT=${http} COLDSTART_API_KEY=$(pilotlight keys create --project ${slug})`,
  ].join('\n');
}
