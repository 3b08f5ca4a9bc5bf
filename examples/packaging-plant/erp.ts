import { defineSystem, httpJson } from 'lineshaft';
import { integration, planning } from './owners.ts';
import { limits } from './systems.ts';

export const erp = defineSystem({
  name: 'erp',
  title: 'ERP',
  role: 'record',
  owner: { it: integration, ot: planning },
  owns: ['items', 'orders', 'inventory', 'suppliers', 'finance'],
  connector: httpJson,
  limits: { ...limits, concurrencyMax: 8, rateMax: 50 },
});
