// What the machine is using, read from the texts of Linux's /proc and of control groups.

/** One look at the machine. Bytes count since it started. */
export interface HostSample {
  readonly cpu: CpuTimes;
  readonly memoryUsedRatio: number;
  readonly diskUsedRatio: number;
  readonly diskFreeBytes: number;
  readonly networkReceivedBytes: number;
  readonly networkSentBytes: number;
  readonly diskReadBytes: number;
  readonly diskWrittenBytes: number;
}

/** Of all cores since the machine started, in the kernel's ticks. */
export interface CpuTimes {
  readonly busy: number;
  readonly all: number;
}

/**
 * From /proc/stat. Waiting for disks is idle, as a core then can do other work; what a hypervisor took
 * away is busy, as nobody here can have it. Guests are part of `user` already.
 */
export function parseCpuTimes(stat: string): CpuTimes | undefined {
  const line = /^cpu +([\d ]+)$/m.exec(stat)?.[1];
  const [user = 0, nice = 0, system = 0, idle, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    line?.split(' ').map(Number) ?? [];
  if (idle === undefined) return undefined;
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, all: busy + idle + iowait };
}

/** Between two looks. The kernel's counts of idle time may go back a little: see proc(5). */
export function cpuUsedRatio(before: CpuTimes, after: CpuTimes): number {
  const passed = after.all - before.all;
  return passed > 0 ? ratio(after.busy - before.busy, passed) : 0;
}

/** From /proc/meminfo: what could not be given to a new program without swapping. */
export function memoryUsedRatio(meminfo: string): number | undefined {
  const total = numberOf(meminfo, 'MemTotal:');
  const available = numberOf(meminfo, 'MemAvailable:');
  if (total === undefined || available === undefined) return undefined;
  return ratio(total - available, total);
}

/** The texts of one control group's files; empty where there is none. */
export interface GroupMemory {
  readonly limit: string;
  readonly used: string;
  readonly stat: string;
  /** What `stat` calls file pages that can be dropped: `inactive_file`, or `total_inactive_file` before v2. */
  readonly droppable: string;
}

/** Of the group's limit, measured as Kubernetes does: without what can be dropped. 0 without a limit. */
export function groupMemoryUsedRatio({ limit, used, stat, droppable }: GroupMemory): number {
  const limitBytes = Number.parseInt(limit, 10);
  const usedBytes = Number.parseInt(used, 10) - (numberOf(stat, droppable) ?? 0);
  return limitBytes > 0 && usedBytes > 0 ? ratio(usedBytes, limitBytes) : 0;
}

/** Of a file system, as df shows it: of what its users may have, without what is kept for root. */
export function diskUsedRatio(fs: {
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
}): number {
  const used = fs.blocks - fs.bfree;
  return ratio(used, used + fs.bavail);
}

/** From /proc/net/dev, over all interfaces but loopback. */
export function parseNetworkBytes(
  netDev: string,
): Pick<HostSample, 'networkReceivedBytes' | 'networkSentBytes'> {
  const rows = [...netDev.matchAll(/^ *([^\s:]+):(.*)$/gm)]
    .filter(([, name]) => name !== 'lo')
    .map(([, , counts = '']) => counts.trim().split(/ +/).map(Number));
  return {
    networkReceivedBytes: sum(rows.map(([received = 0]) => received)),
    networkSentBytes: sum(rows.map((row) => row[8] ?? 0)),
  };
}

/** Whatever machine it is, the kernel counts in sectors of this size. */
const sectorBytes = 512;
/** Block devices whose bytes are memory, or pass through another device of the list too. */
const virtualDevices = /^(loop|ram|zram|dm-|md|sr|fd)/;

/** From /proc/diskstats, over all disks; their partitions are part of them. */
export function parseDiskBytes(
  diskstats: string,
): Pick<HostSample, 'diskReadBytes' | 'diskWrittenBytes'> {
  const rows = diskstats
    .split('\n')
    .map((line) => line.trim().split(/ +/))
    .filter(([, , name = '']) => name !== '' && !virtualDevices.test(name));
  const names = rows.map(([, , name = '']) => name);
  const disks = rows.filter(([, , name = '']) => !names.some((disk) => isPartOf(disk, name)));
  return {
    diskReadBytes: sum(disks.map((row) => Number(row[5]))) * sectorBytes,
    diskWrittenBytes: sum(disks.map((row) => Number(row[9]))) * sectorBytes,
  };
}

/** sda1 is of sda, and nvme0n1p1 of nvme0n1; nvme0n10 is not. */
function isPartOf(disk: string, name: string): boolean {
  if (!name.startsWith(disk)) return false;
  return (/\d$/.test(disk) ? /^p\d+$/ : /^\d+$/).test(name.slice(disk.length));
}

/** The number after a word at the beginning of a line. */
function numberOf(text: string, word: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${word} `));
  const value = Number.parseInt(line?.slice(word.length) ?? '', 10);
  return Number.isNaN(value) ? undefined : value;
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
