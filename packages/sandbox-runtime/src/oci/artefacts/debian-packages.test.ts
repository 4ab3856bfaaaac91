import { expect, it } from 'vitest';
import { parseSimulation } from './debian-packages.ts';

it('reads what apt would install', () => {
  const said = `NOTE: This is only a simulation!
Inst libc6 [2.36-9+deb12u9] (2.36-9+deb12u10 Debian:12.11/stable, Debian-Security:12 [amd64]) []
Inst python3-numpy (1:1.24.2-1+deb12u1 Debian:12.11/stable [amd64])
Inst libfoo1:i386 (2.0~rc1-3 Debian:12.11/stable [i386])
Inst fonts-lyx (2.3.7-1 Debian:12.11/stable [all])
Conf python3-numpy (1:1.24.2-1+deb12u1 Debian:12.11/stable [amd64])
Remv other [1.0]
`;
  expect(parseSimulation(said)).toEqual([
    { name: 'libc6', version: '2.36-9+deb12u10', architecture: 'amd64' },
    { name: 'python3-numpy', version: '1:1.24.2-1+deb12u1', architecture: 'amd64' },
    { name: 'libfoo1', version: '2.0~rc1-3', architecture: 'i386' },
    { name: 'fonts-lyx', version: '2.3.7-1', architecture: 'all' },
  ]);
});
