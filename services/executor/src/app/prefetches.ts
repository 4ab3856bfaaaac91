// What is made ready in a leased sandbox before its holder asks: packages, a language server, and
// resources that a command gathers where the editor finds them at once.
import { type LeaseRef, PlatformError, type PrefetchRequest } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { ExecProgram } from '@pilotlight/sandbox-runtime';
import { prefetchProblems, variablesOf } from '../domain/prefetch-request.ts';
import type { HeldLease } from './lease-book.ts';
import type { Packages } from './packages.ts';
import type { SandboxRecord } from './sandbox-record.ts';

export interface PrefetchesOptions {
  readonly leases: { use(ref: LeaseRef | undefined): HeldLease };
  readonly packages: Pick<Packages, 'installDeferred'>;
  readonly clock: Clock;
}

/** Nothing that is fetched ahead is worth more of the sandbox's cpu. */
const commandTimeoutMs = 30_000;
const orphanGraceMs = 200;
/** A language server that cannot start ends within this time. */
const startMs = 300;

/**
 * Keeps what a command writes as /tmp/.prefetch/<resource>, whole or not at all, and its complaints
 * beside it. $0 is the resource, the arguments are the command.
 */
const gather = `umask 077
mkdir -p /tmp/.prefetch && cd /tmp/.prefetch || exit
new=$PWD/.$0.new log=$PWD/$0.log
cd /workspace
"$@" >"$new" 2>"$log" </dev/null || { code=$?; tail -n 5 "$log" >&2; exit $code; }
mv "$new" "/tmp/.prefetch/$0"
wc -c <"/tmp/.prefetch/$0"`;

/**
 * Has a server run between two named pipes, which stay open, so that an editor can connect at any time
 * by reading one and writing the other.
 */
const serve = `umask 077
mkdir -p /tmp/.prefetch && cd /tmp/.prefetch && rm -f lsp_server.in lsp_server.out || exit
mkfifo lsp_server.in lsp_server.out || exit
exec 3<>lsp_server.in 4<>lsp_server.out
cd /workspace
exec "$@" <&3 >&4 3<&- 4>&-`;

/** Holds what was fetched for as long as its sandbox lives. */
export class Prefetches {
  readonly #options: PrefetchesOptions;
  readonly #done = new WeakMap<SandboxRecord, Map<string, Promise<string>>>();

  constructor(options: PrefetchesOptions) {
    this.#options = options;
  }

  /**
   * Resolves when it is done, in this call or an earlier one for the same context. Rejects
   * `failed_precondition` where the sandbox cannot do it; another call then tries again.
   */
  async fetch(
    request: PrefetchRequest,
    signal: AbortSignal,
  ): Promise<{ readonly fetched: boolean; readonly detail: string }> {
    const problems = prefetchProblems(request);
    if (problems !== undefined) throw problems;
    const lease = this.#options.leases.use(request.lease);
    const done = this.#doneIn(lease.record);
    const key = keyOf(request);
    const known = done.get(key);
    if (known !== undefined) return { fetched: false, detail: await known };
    const work = this.#fetch(lease, request, signal, () => done.delete(key));
    done.set(key, work);
    try {
      return { fetched: true, detail: await work };
    } catch (thrown) {
      done.delete(key);
      throw thrown;
    }
  }

  async #fetch(
    lease: HeldLease,
    request: PrefetchRequest,
    signal: AbortSignal,
    onEnd: () => void,
  ): Promise<string> {
    switch (request.resource) {
      case 'dependencies':
        return this.#dependencies(lease.record, signal);
      case 'lsp_server':
        return this.#languageServer(lease, signal, onEnd);
      default:
        return this.#gather(lease, request, signal);
    }
  }

  async #dependencies(record: SandboxRecord, signal: AbortSignal): Promise<string> {
    const { installed } = await this.#options.packages.installDeferred(record, signal);
    return installed.length === 0 ? 'they were there' : `installed ${installed.join(', ')}`;
  }

  /** It may be one of the deferred packages. */
  async #languageServer(lease: HeldLease, signal: AbortSignal, onEnd: () => void): Promise<string> {
    const { record, sandbox } = lease;
    const { lsp_server: argv } = record.template;
    if (argv === undefined) {
      throw new PlatformError('failed_precondition', `${record.template.name} has no lsp_server`);
    }
    await this.#options.packages.installDeferred(record, signal);
    const program = await sandbox.exec({ argv: ['sh', '-c', serve, 'lsp_server', ...argv] });
    program.stdin.end();
    program.stdout.resume();
    const said = this.#lastOf(program);
    const ended = program.exit.then(() => {
      onEnd();
      return false;
    });
    const { promise: isUp, resolve } = Promise.withResolvers<boolean>();
    const cancel = this.#options.clock.after(startMs, () => resolve(true));
    const runs = await Promise.race([isUp, ended]);
    cancel();
    if (!runs) throw failed('The language server has ended', await said());
    return 'it runs: /tmp/.prefetch/lsp_server.in and .out are its input and output';
  }

  async #gather(lease: HeldLease, request: PrefetchRequest, signal: AbortSignal): Promise<string> {
    const { resource, command, context } = request;
    const env = variablesOf(context);
    const argv = ['sh', '-c', gather, resource, ...command];
    const program = await lease.sandbox.exec({ argv, env });
    program.stdin.end();
    const said = this.#lastOf(program);
    let bytes = '';
    program.stdout.setEncoding('utf8').on('data', (text: string) => {
      bytes = (bytes + text).slice(-20);
    });
    const kill = () => void program.kill().catch(() => undefined);
    const cancel = this.#options.clock.after(commandTimeoutMs, kill);
    signal.addEventListener('abort', kill, { once: true });
    const exit = await program.exit;
    cancel();
    signal.removeEventListener('abort', kill);
    signal.throwIfAborted();
    if (exit.kind === 'exited' && exit.code === 0) {
      return `${bytes.trim()} bytes in /tmp/.prefetch/${resource}`;
    }
    throw failed(`${resource} cannot be gathered`, await said());
  }

  /** The last that an ended program wrote on stderr, which orphans of it may hold open. */
  #lastOf(program: ExecProgram): () => Promise<string> {
    let text = '';
    const { promise: isWhole, resolve } = Promise.withResolvers<void>();
    program.stderr.setEncoding('utf8').on('data', (piece: string) => {
      text = (text + piece).slice(-500);
    });
    program.stderr.once('close', resolve).once('end', resolve);
    return async () => {
      const cancel = this.#options.clock.after(orphanGraceMs, resolve);
      await isWhole;
      cancel();
      return text.trim();
    };
  }

  #doneIn(record: SandboxRecord): Map<string, Promise<string>> {
    const known = this.#done.get(record);
    if (known !== undefined) return known;
    const done = new Map<string, Promise<string>>();
    this.#done.set(record, done);
    return done;
  }
}

/** There is one language server in a sandbox, and one set of packages, whatever the context. */
function keyOf({ resource, context }: PrefetchRequest): string {
  if (resource === 'lsp_server' || resource === 'dependencies') return resource;
  const sorted = Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([resource, sorted]);
}

function failed(what: string, said: string): PlatformError {
  return new PlatformError('failed_precondition', said === '' ? what : `${what}: ${said}`);
}
