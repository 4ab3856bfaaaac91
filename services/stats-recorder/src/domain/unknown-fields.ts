// Fields of an event that this version does not know: a later version of the platform sends them.
import { SandboxEvent, StartPhases } from '@pilotlight/contracts';

const knownOfEvent = jsonNames(SandboxEvent.create());
const knownOfPhases = jsonNames(StartPhases.create());

/** The fields with their values, those of phases under `phases`; undefined where there are none. */
export function unknownFields(
  json: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const ofEvent = beyond(json, knownOfEvent);
  const { phases } = json;
  const isObject = typeof phases === 'object' && phases !== null;
  const ofPhases = isObject ? beyond(phases, knownOfPhases) : undefined;
  return ofPhases === undefined ? ofEvent : { ...ofEvent, phases: ofPhases };
}

function beyond(json: object, known: ReadonlySet<string>): Record<string, unknown> | undefined {
  let found: Record<string, unknown> | undefined;
  for (const name in json) {
    if (known.has(name)) continue;
    found ??= {};
    found[name] = (json as Record<string, unknown>)[name];
  }
  return found;
}

/** Generated messages name every field, set or not, in camelCase; JSON has them in snake_case. */
function jsonNames(message: object): ReadonlySet<string> {
  const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return new Set(Object.keys(message).map(snake));
}
