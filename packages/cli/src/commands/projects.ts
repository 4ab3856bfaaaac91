// pilotlight projects: whose keys there are, and on which plan.
import type { Project } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { printable } from '../format/printable.ts';
import { age } from '../format/quantities.ts';
import { type Column, table } from '../format/table.ts';
import { type CommonOptions, printJson, printLine, withSession } from '../session.ts';

interface CreateOptions extends CommonOptions {
  readonly slug?: string;
  readonly plan?: string;
}

const help = `
Examples:
  pilotlight projects create "My shop" --plan premium
  pilotlight projects plan my-shop standard

The ids of a project's users are its slug, and its slug, a colon and a name.`;

export function addProjects(program: Command): void {
  const projects = program
    .command('projects')
    .description('Make and list projects, and put them on plans')
    .addHelpText('after', help);
  projects
    .command('create')
    .description('Make a project')
    .argument('<name>', 'for people')
    .option('--slug <slug>', 'default made from the name: a-z, 0-9 and "-"')
    .option('--plan <name>', 'default standard')
    .option('--json', 'print a JSON object')
    .action((name: string, _, command: Command) => create(name, command.optsWithGlobals()));
  projects
    .command('list')
    .description('Show projects')
    .option('--json', 'print a JSON array')
    .action((_, command: Command) => list(command.optsWithGlobals()));
  projects
    .command('plan')
    .description('Put a project on another plan; its keys follow at once')
    .argument('<project>', 'its slug')
    .argument('<plan>', 'name of the plan')
    .option('--json', 'print a JSON object')
    .action((project: string, plan: string, _, command: Command) =>
      setPlan({ project, plan }, command.optsWithGlobals()),
    );
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const { slug, plan } = options;
  const wanted = { name, ...(slug !== undefined && { slug }), ...(plan !== undefined && { plan }) };
  await show(
    await withSession(options, ({ client }) => client.keys.createProject(wanted)),
    options,
    (project) => `${project.slug} is a project on the plan ${project.plan}.`,
  );
}

async function setPlan(
  { project: slug, plan }: { readonly project: string; readonly plan: string },
  options: CommonOptions,
): Promise<void> {
  await show(
    await withSession(options, ({ client }) => client.keys.setProjectPlan(slug, plan)),
    options,
    (project) => `${project.slug} is on the plan ${project.plan} now.`,
  );
}

async function show(
  project: Project,
  { json }: CommonOptions,
  text: (project: Project) => string,
): Promise<void> {
  if (!json) return printLine(text(project));
  const { Project } = await import('@pilotlight/contracts');
  printJson(Project.toJSON(project));
}

async function list(options: CommonOptions): Promise<void> {
  const projects = await withSession(options, ({ client }) => client.keys.listProjects());
  if (!options.json) return printLine(projectTable(projects, new Date()));
  const { Project } = await import('@pilotlight/contracts');
  printJson(projects.map((project) => Project.toJSON(project)));
}

const columns = (now: Date): readonly Column<Project>[] => [
  { title: 'PROJECT', value: (row) => row.slug },
  { title: 'NAME', value: (row) => printable(row.name) },
  { title: 'PLAN', value: (row) => row.plan },
  { title: 'MADE', value: (row) => age(row.createdAt, now), align: 'right' },
];

export function projectTable(projects: readonly Project[], now: Date): string {
  return projects.length === 0 ? 'No projects.' : table(columns(now), projects);
}
