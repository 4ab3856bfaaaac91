// What every command of this checkout needs before it can run: npm packages, the pages, the services'
// bundles, the analyzer for sandboxes, a nats-server and, on Linux, an OCI runtime. Gets what is missing
// and says so first; nothing to do costs milliseconds.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ensureAnalyzer } from './analyzer.mjs';
import { ensureBundles } from './bundles.mjs';
import { ensureDependencies, projectNode } from './dependencies.mjs';
import { findDockerEngine } from './docker-engine.mjs';
import { findGvisor } from './gvisor.mjs';
import { ensureNatsServer } from './nats-server.mjs';
import { ensureNetworkTools } from './network-tools.mjs';
import { ensureOciRuntime } from './oci-runtime.mjs';
import { ensurePages } from './pages.mjs';

/**
 * Rejects with one sentence on what to do where the platform cannot run at all. Without
 * `ociRuntime` none is looked for, because Docker was asked for.
 */
export async function prepare({ say, ociRuntime = true }) {
  const problem = ensureDependencies({ say });
  if (problem) throw new Error(problem);
  await ensurePages({ say });
  await ensureBundles({ say });
  await ensureAnalyzer({ say });
  process.env.PILOTLIGHT_NATS_SERVER = await ensureNatsServer({ say });
  const engine = await findDockerEngine();
  if (engine) process.env.PILOTLIGHT_DOCKER_HOST ??= engine;
  const gvisor = findGvisor();
  if (gvisor) process.env.PILOTLIGHT_GVISOR_RUNTIME ??= gvisor;
  const tools = ensureNetworkTools({ say });
  if (tools) say(tools);
  if (!ociRuntime) return;
  const { reason } = ensureOciRuntime({ say });
  if (reason) say(reason);
  if (process.platform === 'linux' && process.getuid() !== 0) {
    say(
      'Not root: sandboxes are made by Docker where it answers, for lack of namespaces and cgroups.',
    );
  }
}

/**
 * Runs a script under the project's Node, in place of this process where this Node can do that,
 * else below it: our signals and its exit code are passed on.
 */
export function runWithProjectNode(args) {
  if (process.execve) process.execve(projectNode, [projectNode, ...args], process.env);
  const child = spawn(projectNode, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => fail(`${projectNode} does not start: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** Ends the process with a sentence for people. */
export function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
