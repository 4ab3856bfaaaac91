// ANALYZE=1: the platform's own services under the analyzer.
import { serviceNames } from '@pilotlight/cli/platform';
import { describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

interface Functions {
  readonly functions?: readonly { readonly id: string; readonly function_name: string }[];
}

describe('services under the analyzer', () => {
  const under = usePlatform({ templates: ['shell'], analyze: true });

  const ask = async (path: string): Promise<unknown> => {
    const { http, apiKey } = under.platform.endpoints;
    return (await fetch(`${http}/api/v1/${path}`, { headers: { 'X-API-Key': apiKey } })).json();
  };

  it('report their starts, module by module', async () => {
    const reported = async () => {
      const { functions: found = [] } = (await ask('functions')) as Functions;
      return found.length >= serviceNames.length && found;
    };
    // A report of a project that is new to the recorder is looked at again after half a minute.
    const functions = await until('all have reported', reported, 100_000);
    const names = functions.map(({ function_name }) => function_name);
    expect(names.toSorted()).toEqual(
      serviceNames.map((service) => `pilotlight-${service}`).toSorted(),
    );
    const scheduler = functions.find((one) => one.function_name === 'pilotlight-scheduler');
    const { module_breakdown } = (await ask(`functions/${scheduler?.id}`)) as {
      module_breakdown: object;
    };
    expect(Object.keys(module_breakdown)).toContain('@grpc/grpc-js');
  });
});
