// The contracts that services share: generated messages, subjects, ids, vocabulary, errors.
export * from './errors.ts';
export * from './execution-request.ts';
export { fileDescriptorSet } from './gen/descriptors.ts';
export * from './gen/pilotlight/v1/common.ts';
export * from './gen/pilotlight/v1/event.ts';
export * from './gen/pilotlight/v1/execution.ts';
export * from './gen/pilotlight/v1/node.ts';
export * from './gen/pilotlight/v1/pool.ts';
export * from './gen/pilotlight/v1/sandbox.ts';
export * from './ids.ts';
export * from './json.ts';
export * as limits from './limits.ts';
export { pathProblem } from './paths.ts';
export * from './subjects.ts';
export * from './template.ts';
export * from './vocabulary.ts';
