import { defineSystem, httpJson, type SystemLimits } from 'lineshaft';
import { systemPatience, systemRetryFirst, systemRetryMax, systemTimeout } from './limits.ts';
import { bremenPackaging, integration, maintenance, purchasing, transport, warehouse } from './owners.ts';

/** What holds for a system unless it says otherwise. */
export const limits: Partial<SystemLimits> = { timeout: systemTimeout, retryFirst: systemRetryFirst, retryMax: systemRetryMax, patience: systemPatience };

export const mes = defineSystem({
  name: 'mes',
  title: 'MES Bremen',
  role: 'engagement',
  touches: 'machine-event',
  owner: { it: integration, ot: bremenPackaging },
  owns: ['schedule', 'dispatch', 'confirmations'],
  connector: httpJson,
  limits,
});

export const wms = defineSystem({
  name: 'wms',
  title: 'WMS Bremen',
  role: 'engagement',
  touches: 'erp-transaction',
  owner: { it: integration, ot: warehouse },
  owns: ['expected-receipts', 'locations', 'commitments'],
  connector: httpJson,
  limits,
});

export const tms = defineSystem({
  name: 'tms',
  title: 'Transport service',
  role: 'engagement',
  touches: 'supplier-workflow',
  owner: transport,
  owns: ['appointments'],
  connector: httpJson,
  limits: { ...limits, concurrencyMax: 4, rateMax: 20 },
  // While it is away the ERP goes on; what waits longer than a shift is the transport desk's to decide.
  buffer: { countMax: 5_000, ageMax: '8h', shed: 'oldest' },
});

export const cmms = defineSystem({
  name: 'cmms',
  title: 'CMMS',
  role: 'engagement',
  touches: 'machine-event',
  owner: { it: integration, ot: maintenance },
  owns: ['work-requests'],
  connector: httpJson,
  limits: { ...limits, concurrencyMax: 2 },
});

export const supplier = defineSystem({
  name: 'supplier',
  title: 'Supplier portal',
  role: 'engagement',
  touches: 'supplier-workflow',
  owner: purchasing,
  owns: ['component-needs'],
  connector: httpJson,
  limits: { ...limits, concurrencyMax: 4 },
});
