// The modules of one reported invocation: how long each took to load, and who loaded it.
import type { ModuleDetail } from '@pilotlight/contracts';
import {
  boundedDetails,
  boundedTimings,
  mostNameCharacters,
  mostPathCharacters,
  mostVersionCharacters,
} from './module-bounds.ts';
import { isMembers, millisecondsProblem, type ReportedFields } from './reported-fields.ts';
import { storableName } from './storable-text.ts';

const mostFiles = 1_000_000;
/** Of a module's name in the name of a field. */
const mostToldCharacters = 80;

/** `module_timings`, bounded; empty where one of them is no duration, which is noted. */
export function timingsOf(fields: ReportedFields): Record<string, number> {
  const given = fields.value('module_timings') ?? {};
  if (!isMembers(given)) {
    fields.refuse('module_timings', 'must be an object of milliseconds by module');
    return {};
  }
  let isWrong = false;
  for (const name of Object.keys(given)) {
    const problem = millisecondsProblem(given[name]);
    if (problem === undefined) continue;
    isWrong = true;
    fields.refuse(`module_timings.${storableName(name, mostToldCharacters)}`, problem);
  }
  return isWrong ? {} : boundedTimings(given as Record<string, number>);
}

/** `module_details`, bounded. Their times are those of `timings` where they tell none. */
export function detailsOf(
  fields: ReportedFields,
  timings: Readonly<Record<string, number>>,
): ModuleDetail[] {
  const given = fields.value('module_details') ?? [];
  if (!Array.isArray(given)) {
    fields.refuse('module_details', 'must be a list');
    return [];
  }
  const details = fields.elements('module_details', given);
  return boundedDetails(details.map((detail) => detailFrom(detail, timings)));
}

function detailFrom(
  fields: ReportedFields,
  timings: Readonly<Record<string, number>>,
): ModuleDetail {
  fields.require('module');
  fields.require('self_ms');
  const name = fields.anyText('module');
  const selfMs = fields.milliseconds('self_ms') ?? 0;
  const inclusiveMs = Object.hasOwn(timings, name) ? timings[name] : undefined;
  return {
    module: storableName(name, mostNameCharacters),
    path: storableName(fields.anyText('path'), mostPathCharacters),
    parent: storableName(fields.anyText('parent'), mostNameCharacters),
    selfMs,
    totalMs: fields.milliseconds('total_ms') ?? inclusiveMs ?? selfMs,
    version: storableName(fields.anyText('version'), mostVersionCharacters),
    files: fields.count('files', mostFiles) ?? 0,
    used: fields.boolean('used'),
  };
}
