// Schemas become code when they are first needed: compiling all of them would double the gateway's start.
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import buildSerializer from 'fast-json-stringify';
import type { FastifyInstance } from './fastify.ts';

const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** Numbers are finite; nothing is coerced or left out; keywords for people are no mistakes. */
const common = {
  strict: false,
  strictNumbers: true,
  formats: { 'date-time': dateTime, binary: true },
} as const;

const noErrors: ErrorObject[] | null = null as ErrorObject[] | null;

/** For requests: every problem is found. */
export function compileLate(app: FastifyInstance): void {
  const ajv = new Ajv({ ...common, allErrors: true });
  app.setValidatorCompiler(({ schema }) => late(ajv, schema as object));
  app.setSerializerCompiler(({ schema }) => {
    let serialize: ((value: unknown) => string) | undefined;
    return (value) => {
      // It takes schemas as Fastify does: what is not described is left out.
      serialize ??= buildSerializer(schema as Parameters<typeof buildSerializer>[0]);
      return serialize(value);
    };
  });
}

/** For answers: the first problem will do, and members with a default need not be given. */
export function answerChecks(): Ajv {
  const ajv = new Ajv({ ...common, useDefaults: true });
  const checks = new Ajv({ ...common, useDefaults: true });
  ajv.compile = ((schema: object) => late(checks, schema)) as typeof ajv.compile;
  return ajv;
}

function late(ajv: Ajv, schema: object) {
  let compiled: ValidateFunction | undefined;
  const check = (value: unknown): boolean => {
    compiled ??= ajv.compile(schema);
    const isGood = compiled(value);
    check.errors = compiled.errors ?? null;
    return isGood;
  };
  check.errors = noErrors;
  return check;
}
