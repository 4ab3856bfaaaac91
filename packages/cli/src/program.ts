// The command line: one file for each verb, and what they share.
import { Command } from 'commander';
import { addAcquire } from './commands/acquire.ts';
import { addAction } from './commands/action.ts';
import { addAlerts } from './commands/alerts.ts';
import { addAnalyze } from './commands/analyze.ts';
import { addCancel } from './commands/cancel.ts';
import { addCp } from './commands/cp.ts';
import { addDemo } from './commands/demo.ts';
import { addExec } from './commands/exec.ts';
import { addCat, addFiles } from './commands/files.ts';
import { addForward } from './commands/forward.ts';
import { addFunctions } from './commands/functions.ts';
import { addImages } from './commands/images.ts';
import { addInstall } from './commands/install.ts';
import { addKeys } from './commands/keys.ts';
import { addLogs } from './commands/logs.ts';
import { addPlans } from './commands/plans.ts';
import { addPools } from './commands/pools.ts';
import { addProjects } from './commands/projects.ts';
import { addPs } from './commands/ps.ts';
import { addRelease } from './commands/release.ts';
import { addRun } from './commands/run.ts';
import { addSleep } from './commands/sleep.ts';
import { addStats } from './commands/stats.ts';
import { addTargets } from './commands/targets.ts';
import { addUp } from './commands/up.ts';

const help = `
Examples:
  npm start                          run the platform here
  pilotlight run hello.py            run a file in a fresh sandbox
  id=$(pilotlight acquire python)    lease a sandbox
  pilotlight exec "$id" -- python3 -V
  pilotlight cp src "$id":           copy files into it, or out of it
  pilotlight release "$id"`;

/** Every command, ready to parse. */
export function createProgram(): Command {
  const program = new Command('pilotlight')
    .description('Hands out isolated code-execution sandboxes before anyone has to wait for one')
    .option('--data-dir <folder>', 'of the platform; default $PILOTLIGHT_DATA_DIR, else your own')
    .addHelpText('after', help)
    .showHelpAfterError('Say --help for what there is.');
  const verbs = [addUp, addRun, addAction];
  const sessions = [addAcquire, addExec, addCp, addFiles, addCat, addForward, addInstall, addSleep];
  const history = [addStats, addAnalyze, addFunctions, addAlerts];
  const questions = [addPs, addPools, addImages, addLogs, addCancel, addDemo, addTargets];
  const access = [addKeys, addProjects, addPlans];
  const all = [...verbs, ...sessions, addRelease, ...history, ...questions, ...access];
  for (const add of all) add(program);
  return program;
}
