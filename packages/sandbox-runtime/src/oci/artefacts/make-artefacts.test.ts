import { expect, it } from 'vitest';
import { hostTemplates } from '../../conformance/templates.ts';
import { artefactsKey } from './make-artefacts.ts';

it('makes artefacts again when what they are made of has changed', () => {
  const artefacts = { debian: ['a'], timeoutSeconds: 1, memoryBytes: 1 };
  const template = { ...hostTemplates().shell, artefacts };
  const key = artefactsKey(template, [{ identity: 'x' }]);
  expect(key).toMatch(/^[0-9a-f]{16}$/);
  expect(artefactsKey({ ...template, image: 'other' }, [{ identity: 'x' }])).toBe(key);
  const others = [
    artefactsKey(template, [{ identity: 'y' }]),
    artefactsKey({ ...template, artefacts: { ...artefacts, debian: ['b'] } }, [{ identity: 'x' }]),
    artefactsKey({ ...template, files: template.files.slice(1) }, [{ identity: 'x' }]),
    artefactsKey({ ...template, env: { A: 'b' } }, [{ identity: 'x' }]),
  ];
  expect(new Set([key, ...others]).size).toBe(5);
});
