import { expect, it } from 'vitest';
import { egressRules, ownAddresses } from './egress-rules.ts';

const common = { netmask: '', mac: '', internal: false, cidr: null };
const ipv4 = (address: string) => ({ ...common, address, family: 'IPv4' as const });
const ipv6 = (address: string) => ({ ...common, address, family: 'IPv6' as const, scopeid: 0 });

it('closes the addresses that the host itself has', () => {
  const addresses = ownAddresses({
    eth0: [ipv4('198.51.100.7'), ipv6('2001:db8::7')],
    eth1: [ipv4('198.51.100.7'), ipv4('192.0.2.9')],
    gone: undefined,
  });
  expect(addresses).toEqual(['198.51.100.7', '192.0.2.9']);
  expect(egressRules(addresses)).toContain('240.0.0.0/4, 198.51.100.7, 192.0.2.9 }');
});

it('drops what no rule names, and knows no IPv6', () => {
  const rules = egressRules([]);
  expect(rules).toContain('policy drop;');
  expect(rules).toContain('169.254.0.0/16');
  expect(rules.indexOf('@closed reject')).toBeLessThan(rules.indexOf('meta nfproto ipv4 accept'));
  expect(rules).not.toMatch(/ip6|nfproto ipv6/);
});
