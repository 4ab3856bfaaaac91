// GET /api/v1/languages: what code can be written in, for people who choose and programs that check.
import { limits, type Template } from '@pilotlight/contracts';
import { type Static, Type } from 'typebox';
import type { Routes } from './gateway.ts';
import { listedPools } from './pools.ts';

const bounds = (description: string) =>
  Type.Object({ min: Type.Number(), max: Type.Number(), default: Type.Number() }, { description });

const languageSchema = Type.Object(
  {
    language: Type.String(),
    aliases: Type.Array(Type.String()),
    template: Type.String({ description: 'What its sandboxes are made of.' }),
    description: Type.String(),
    versions: Type.Array(Type.String(), {
      description: 'Newest first; empty until a node has it prepared.',
    }),
    entry: Type.String({ description: 'What `code` is saved as.' }),
    compiled: Type.Boolean(),
    available: Type.Boolean({ description: 'Whether a node can run it now.' }),
    limits: Type.Object({
      timeout: bounds('Seconds of wall time.'),
      memory_limit: bounds('MB.'),
      compile_timeout: Type.Optional(bounds('Seconds; where it is compiled.')),
      compile_memory_limit: Type.Optional(bounds('MB; where it is compiled.')),
    }),
  },
  { title: 'Language' },
);

type LanguageJson = Static<typeof languageSchema>;

export const languages: Routes = (app, gateway) => {
  app.get(
    '/api/v1/languages',
    {
      config: { access: 'key' },
      schema: {
        summary: 'What code can be written in',
        tags: ['pools'],
        response: { 200: Type.Object({ languages: Type.Array(languageSchema) }) },
      },
    },
    async (request) => {
      const pools = await listedPools(gateway, request);
      const byTemplate = new Map(pools.map((pool) => [pool.template, pool]));
      const found = gateway.catalogue.templates.flatMap((template) => {
        const pool = byTemplate.get(template.name);
        const facts = {
          versions: pool?.versions ?? [],
          available: pool !== undefined && pool.unavailable !== true,
        };
        return template.language === undefined
          ? []
          : [languageJson(template, template.language, facts)];
      });
      return { languages: found };
    },
  );
};

function languageJson(
  { name, aliases, description, entry, compile, limits: own }: Template,
  language: string,
  facts: Pick<LanguageJson, 'versions' | 'available'>,
): LanguageJson {
  const { timeoutSeconds, memoryMb, compileTimeoutSeconds, compileMemoryMb } = limits;
  return {
    ...{ language, aliases: [...aliases], template: name, description, ...facts },
    entry: entry ?? '',
    compiled: compile !== undefined,
    limits: {
      timeout: timeoutSeconds,
      memory_limit: { ...memoryMb, min: own.min_memory_mb, default: own.memory_mb },
      ...(compile && {
        compile_timeout: { ...compileTimeoutSeconds, default: compile.timeout_seconds },
        compile_memory_limit: { ...compileMemoryMb, default: compile.memory_mb },
      }),
    },
  };
}
