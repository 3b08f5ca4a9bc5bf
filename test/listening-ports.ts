// Which TCP ports a process and its children listen on, as the kernel of Linux tells it.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { descendantsOf } from './running-command.ts';

export const tellsListeners = process.platform === 'linux';

const listening = '0A';

export function listeningPorts(pid: number): readonly number[] {
  const own = new Set([pid, ...descendantsOf(pid).map((each) => each.pid)].flatMap(socketsOf));
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => textOf(file).split('\n').slice(1));
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return state === listening && own.has(inode) ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
}

function socketsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${name}`))?.[1] ?? []);
  } catch {
    return []; // it has ended
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // it was closed meanwhile
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // a kernel without IPv6
  }
}
