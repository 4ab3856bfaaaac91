// How gVisor's runtime is called.

/**
 * The program's calls end in gVisor's kernel, but for sockets, which are those of the sandbox's own
 * network namespace: so ports and the way out are the same as with other runtimes. The list of
 * system calls holds inside too. Named pipes must be opened by name for /dev/stderr to work.
 */
export const gvisorFlags = [
  '--platform=systrap',
  '--network=host',
  '--ignore-cgroups',
  '--overlay2=none',
  '--host-fifo=open',
  '--oci-seccomp',
] as const;

/**
 * It would leave the loopback interface of a new namespace down, and its own mounts on the host, below
 * the directory that we give it for its state.
 */
export const ownNetwork = `unshare --net --mount /bin/sh -c 'ip link set lo up && exec "$@"' sh`;
