// What a driver can do here, as nodes report it.
import type { DriverCapabilities } from '@pilotlight/sandbox-runtime';

/** Out of pause, hibernate, ports, egress and gvisor. */
export function capabilityNames(of: DriverCapabilities): string[] {
  const { hibernate, ports, egress, gvisor } = of;
  const others = Object.entries({ hibernate, ports, egress, gvisor });
  return [
    ...(of.pause ? ['pause'] : []),
    ...others.flatMap(([name, { available }]) => (available ? [name] : [])),
  ];
}
