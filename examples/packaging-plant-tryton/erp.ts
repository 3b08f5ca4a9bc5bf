import { defineLimit, defineSystem, tryton } from 'lineshaft';
import { integration, planning } from './owners.ts';
import { limits } from './systems.ts';

export const erpTimeout = defineLimit({ name: 'erp.timeout', value: '15s', why: 'To run an order Tryton moves its whole material; on a busy day that takes seconds.' });

export const erp = defineSystem({
  name: 'erp',
  title: 'Tryton',
  role: 'record',
  owner: { it: integration, ot: planning },
  owns: ['items', 'orders', 'inventory', 'suppliers', 'finance'],
  connector: tryton,
  // One Tryton process takes 50 to 90 calls a second in all, and people work in it too. A change is three calls: read, change, read back.
  limits: { ...limits, timeout: erpTimeout, concurrencyMax: 4, rateMax: 15 },
});
