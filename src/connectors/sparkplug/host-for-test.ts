// A host application that hears of one node and two devices, and what it tells.
import { datatype } from './datatype.ts';
import { encode } from './encode.ts';
import type { HostOutput } from './host-output.ts';
import { SparkplugHost } from './host.ts';
import type { Metric, Payload } from './payload.ts';

export const t0 = 1_790_000_000_000;
export const addresses = ['g/n//Uptime', 'g/n/d/Rate', 'g/n/d/Temperature', 'g/n/d/Line/Count', 'g/n/e/Rate'];

/** A host that is online, the clock at `t0` + whatever is told, with the requests of its start already behind it. */
export function onlineHost(options: Partial<ConstructorParameters<typeof SparkplugHost>[0]> = {}) {
  const host = new SparkplugHost({ hostId: 'edge-1', addresses, reorderTimeoutMs: 2_000, rebirthEveryMs: 5_000, ...options });
  host.birth(t0 - 10_000);
  host.announced(t0 - 10_000);
  return {
    host,
    send: (topic: string, payload: Partial<Payload>, atMs = 0) => host.message(`spBv1.0/${topic}`, encode({ metrics: [], timestamp: t0 + atMs, ...payload }), t0 + atMs),
    tick: (atMs: number) => host.tick(t0 + atMs),
  };
}

export const double = (value: number, more: Partial<Metric> = {}): Metric => ({ timestamp: t0, datatype: datatype.Double, value: { field: 'double', value }, ...more });
export const bdSeq = (value: number): Metric => ({ name: 'bdSeq', datatype: datatype.Int64, value: { field: 'long', value } });
export const nodeBirth = (bd = 0): Partial<Payload> => ({
  seq: 0,
  metrics: [bdSeq(bd), { name: 'Node Control/Rebirth', datatype: datatype.Boolean, value: { field: 'boolean', value: false } }, double(1, { name: 'Uptime', alias: 1 })],
});
export const deviceBirth = (seq = 1): Partial<Payload> => ({
  seq,
  metrics: [
    double(50, { name: 'Rate', alias: 10 }),
    { name: 'Temperature', alias: 11, timestamp: t0, datatype: datatype.Int16, value: { field: 'int', value: 0xffee } },
    { name: 'Line/Count', alias: 12, timestamp: t0, datatype: datatype.Int64, isNull: true },
  ],
});
export const rate = (seq: number, value: number, more: Partial<Metric> = {}): Partial<Payload> => ({ seq, metrics: [double(value, { alias: 10, ...more })] });

export function bornHost(options: Partial<ConstructorParameters<typeof SparkplugHost>[0]> = {}) {
  const online = onlineHost(options);
  online.send('g/NBIRTH/n', nodeBirth());
  online.send('g/DBIRTH/n/d', deviceBirth());
  return online;
}

export const samples = (out: readonly HostOutput[]) => out.flatMap((output) => (output.kind === 'samples' ? output.samples : []));
export const values = (out: readonly HostOutput[]) => samples(out).map(({ value }) => value);
export const quarantined = (out: readonly HostOutput[]) => out.flatMap((output) => (output.kind === 'quarantine' ? [{ address: output.address, reason: output.reason }] : []));
export const stale = (out: readonly HostOutput[]) => out.flatMap((output) => (output.kind === 'stale' ? [{ prefix: output.prefix, atMs: output.atMs }] : []));
export const published = (out: readonly HostOutput[]) => out.flatMap((output) => (output.kind === 'publish' ? [output.message] : []));
export const topics = (out: readonly HostOutput[]) => published(out).map(({ topic }) => topic);
export const bytesOf = (payload: string | Uint8Array) => (typeof payload === 'string' ? Buffer.from(payload) : payload);
