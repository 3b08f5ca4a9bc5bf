// What a process and everything that it started use. Linux tells it in /proc; elsewhere `ps` knows the memory.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second on every platform that Node runs on. */
const ticksPerSecond = 100;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly cpuMs: number;
}

/** CPU time of the process and its descendants so far, ended children included; undefined where the system does not tell. */
export function cpuMsOf(root: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []));
  const family = new Set([root]);
  for (let known = 0; known < family.size;) {
    known = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.filter(({ pid }) => family.has(pid)).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

/** proc(5): after the name in brackets come state, parent …, and utime, stime, cutime, cstime as fields 14 to 17. */
function statOf(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It ended since it was listed.
    return undefined;
  }
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + (fields[field] ?? 0), 0);
  return { pid, parent: fields[1] ?? 0, cpuMs: (ticks / ticksPerSecond) * 1000 };
}

/** Resident memory of one process in MB (10^6 bytes). Raises where the system does not tell. */
export function residentMb(pid: number): number {
  const kib =
    process.platform === 'linux'
      ? /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return (Number(kib) * 1024) / 1e6;
}
