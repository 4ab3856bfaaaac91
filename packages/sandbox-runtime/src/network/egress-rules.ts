// The packet filter of a sandbox with a network: public addresses only. It lives in the sandbox's own
// network namespace, where the sandbox has no privilege to change it.
import type { NetworkInterfaceInfo } from 'node:os';

/** The one address by which slirp4netns answers names; also in the sandbox's resolv.conf. */
export const nameServer = '10.0.2.3';

/**
 * What is not the public internet, from IANA's registry of special-purpose addresses. The
 * documentation ranges (TEST-NET) are left open: they are routed nowhere but in tests.
 */
const closedNetworks = [
  // This network, and addresses that stand for the host itself.
  '0.0.0.0/8',
  '127.0.0.0/8',
  // Private networks; slirp4netns puts the host at 10.0.2.2.
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  // Shared address space of carriers, which clouds use for services of their own.
  '100.64.0.0/10',
  // Link-local, with the metadata services of clouds at 169.254.169.254.
  '169.254.0.0/16',
  // Protocol assignments, 6to4 relays and benchmarks.
  '192.0.0.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  // Multicast, reserved, broadcast.
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** The IPv4 addresses of a host, as `os.networkInterfaces` tells them. */
export function ownAddresses(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): readonly string[] {
  const all = Object.values(interfaces).flatMap((infos) => infos ?? []);
  return [...new Set(all.filter(({ family }) => family === 'IPv4').map(({ address }) => address))];
}

/**
 * Rules for `nft -f`, which replace earlier ones in one step: everything is dropped but what is
 * loopback, names asked of slirp4netns, and public IPv4. `hostAddresses` are closed too, because a
 * packet to one of them would reach services of this very host. Refusals are answered, so that a
 * program learns of them at once.
 */
export function egressRules(hostAddresses: readonly string[]): string {
  const closed = [...closedNetworks, ...hostAddresses].join(', ');
  return `table inet pilotlight
delete table inet pilotlight
table inet pilotlight {
  set closed {
    type ipv4_addr
    flags interval
    auto-merge
    elements = { ${closed} }
  }
  chain output {
    type filter hook output priority 0; policy drop;
    oifname "lo" accept
    ip daddr ${nameServer} meta l4proto { tcp, udp } th dport 53 accept
    ip daddr @closed reject with icmpx admin-prohibited
    meta nfproto ipv4 accept
    reject with icmpx admin-prohibited
  }
}
`;
}
