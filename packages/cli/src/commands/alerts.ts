// pilotlight alerts: what operators should know now, and what they should have known.
import type { Alert } from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';
import type { Command } from 'commander';
import { alertMessages, latestOf, standingOf } from '../alert-log.ts';
import { dataDirectory } from '../data-dir.ts';
import { age } from '../format/quantities.ts';
import { type Column, table } from '../format/table.ts';
import { wholeNumber } from '../numbers.ts';
import { readEndpoints } from '../platform/endpoints.ts';
import { type CommonOptions, printJson, printLine } from '../session.ts';

interface AlertsOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly limit: number;
}

const help = `
Examples:
  pilotlight alerts
  pilotlight alerts --follow --json | jq .summary

Alerts are kept for seven days. docs/alerts.md says what each one means and what to do.`;

export function addAlerts(program: Command): void {
  program
    .command('alerts')
    .description('Show alerts that fire, then those that have ended')
    .option('-f, --follow', 'print those that fire, then each message as it comes')
    .option('--limit <n>', 'most alerts to show', wholeNumber(1, 10_000), 20)
    .option('--json', 'print a JSON array; with --follow one object a line')
    .addHelpText('after', help)
    .action(async (_, command: Command) => {
      const options: AlertsOptions = command.optsWithGlobals();
      await withBus(options, (bus) => (options.follow ? follow(bus, options) : show(bus, options)));
    });
}

async function withBus(options: CommonOptions, work: (bus: Bus) => Promise<void>): Promise<void> {
  const { nats } = readEndpoints(dataDirectory(options.dataDir));
  const { connectBus } = await import('@pilotlight/messaging');
  const { url: servers, user, password } = nats;
  const bus = await connectBus({
    servers,
    user,
    password,
    name: 'pilotlight-alerts',
    role: 'publisher',
  });
  try {
    await work(bus);
  } finally {
    await bus.close();
  }
}

const never = new AbortController().signal;

async function show(bus: Bus, { json, limit }: AlertsOptions): Promise<void> {
  const messages: Alert[] = [];
  for await (const { alert } of alertMessages(bus, { live: false, signal: never })) {
    messages.push(alert);
  }
  const now = new Date();
  const alerts = latestOf(messages, now).slice(0, limit);
  if (!json) return printLine(alertTable(alerts, now));
  const { Alert } = await import('@pilotlight/contracts');
  printJson(alerts.map((alert) => Alert.toJSON(alert)));
}

/** Until interrupted. */
async function follow(bus: Bus, { json, limit }: AlertsOptions): Promise<void> {
  const { Alert } = await import('@pilotlight/contracts');
  const print = (alert: Alert) =>
    json ? printJson(Alert.toJSON(alert)) : printLine(lineOf(alert));
  const earlier: Alert[] = [];
  let isCaughtUp = false;
  for await (const { alert, pending } of alertMessages(bus, { live: true, signal: never })) {
    if (isCaughtUp) print(alert);
    else earlier.push(alert);
    if (isCaughtUp || pending > 0) continue;
    isCaughtUp = true;
    const now = new Date();
    const firing = latestOf(earlier, now).filter((one) => standingOf(one, now) === 'firing');
    firing.slice(0, limit).forEach(print);
  }
}

function lineOf({ at, severity, state, name, summary }: Alert): string {
  return `${at?.toISOString() ?? '-'} ${severity} ${state} ${name}: ${summary}`;
}

const columns = (now: Date): readonly Column<Alert>[] => [
  { title: 'STATE', value: (row) => standingOf(row, now) },
  { title: 'SEVERITY', value: (row) => row.severity },
  { title: 'ALERT', value: (row) => row.name },
  { title: 'BEGAN', value: (row) => age(row.beganAt, now), align: 'right' },
  { title: 'TOLD', value: (row) => age(row.at, now), align: 'right' },
  { title: 'SUMMARY', value: (row) => row.summary },
];

export function alertTable(alerts: readonly Alert[], now: Date): string {
  if (alerts.length === 0) return 'No alerts in the last seven days.';
  const remedies = alerts
    .filter((alert) => standingOf(alert, now) === 'firing')
    .map(({ name, remedy }) => `${name}: ${remedy}`);
  return [table(columns(now), alerts), ...new Set(remedies)].join('\n');
}
