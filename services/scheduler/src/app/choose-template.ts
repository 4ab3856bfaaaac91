// Which template a caller means, at the front door: waits a moment where nodes have not told yet.
import { type FieldError, PlatformError, type Template } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { type Selection, selectTemplate, type Wanted } from '../domain/select-template.ts';
import type { Capacity } from './capacity.ts';
import type { Catalogue } from './catalogue.ts';
import { within } from './waiting.ts';

const catalogueWaitMs = 3_000;

export interface ChooseDeps {
  readonly catalogue: Catalogue;
  readonly capacity: Capacity;
  readonly clock: Clock;
}

export type Choice =
  /** `kind`: what is placed, see `placementKind`. */
  | { readonly kind: 'chosen'; readonly template: Template; readonly placed: string }
  | { readonly kind: 'unknown_template' }
  | { readonly kind: 'unknown_version'; readonly problem: FieldError };

/**
 * Rejects `unavailable` where no template is known yet, or no node has told of a version that may
 * still come, for 3 s each; and at once where no node can make the template.
 */
export async function chooseTemplate(deps: ChooseDeps, wanted: Wanted): Promise<Choice> {
  const { catalogue, clock, capacity } = deps;
  await requireCatalogue(catalogue, clock);
  const selection = await settled(deps, wanted);
  switch (selection.kind) {
    case 'unknown_template':
      return selection;
    case 'unknown_version':
      return { kind: selection.kind, problem: { field: 'version', problem: selection.problem } };
    case 'unsettled': {
      throw new PlatformError('unavailable', `version: ${selection.problem}; try again soon`);
    }
    case 'selected': {
      const { template, version } = selection;
      const placed = capacity.kindOf(template.name, version);
      const unavailable = capacity.unavailable(placed);
      if (unavailable !== undefined) throw unavailable;
      return { kind: 'chosen', template, placed };
    }
  }
}

/** Waits a moment for the first publication of the catalogue; rejects `unavailable` without one. */
async function requireCatalogue(catalogue: Catalogue, clock: Clock): Promise<void> {
  if (await within(clock, catalogueWaitMs, catalogue.ready)) return;
  throw new PlatformError('unavailable', 'No templates are known yet. Is a pool-manager running?');
}

async function settled(deps: ChooseDeps, wanted: Wanted): Promise<Selection> {
  const { catalogue, capacity, clock } = deps;
  const select = () =>
    selectTemplate(catalogue.templates, wanted, (template) => capacity.versionsOf(template));
  const { promise: isSettled, resolve } = Promise.withResolvers<void>();
  const look = () => {
    if (select().kind !== 'unsettled') resolve();
  };
  const stopListening = capacity.onChange(look);
  look();
  await within(clock, catalogueWaitMs, isSettled);
  stopListening();
  return select();
}
