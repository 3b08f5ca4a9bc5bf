import { defineLimit } from 'lineshaft';

// How a line counts as slow.
export const throughputWindow = defineLimit({ name: 'throughput.window', value: '5m', why: 'A shorter window fires on a film change, which takes two minutes.' });
export const throughputLow = defineLimit({ name: 'throughput.low', value: 80, why: 'Percent of target. Above this the shift catches up by itself.' });
export const throughputSustained = defineLimit({ name: 'throughput.sustained', value: '3m', why: 'How long the rate must stay low before anybody is told.' });
export const throughputRecovered = defineLimit({
  name: 'throughput.recovered',
  value: 90,
  why: 'Percent of target. Higher than throughput.low, so that a rate at the edge does not flap.',
});
export const throughputRecoveredFor = defineLimit({ name: 'throughput.recovered-for', value: '2m', why: 'How long the rate must stay up before the line counts as well again.' });

// How long the bottleneck flow waits.
export const supplierAnswers = defineLimit({
  name: 'bottleneck.supplier-answers',
  value: '15m',
  why: 'Suppliers answer by machine within minutes; after that the plan stands as it is.',
});
export const recovery = defineLimit({
  name: 'bottleneck.recovery',
  value: '30m',
  why: 'Most stops are mended by the operator in this time. After it, maintenance and planning are called.',
});
export const persistence = defineLimit({ name: 'bottleneck.persistence', value: '8h', why: 'One shift. After it the changed plan is the plan.' });
export const windowMaxAge = defineLimit({ name: 'bottleneck.window-max-age', value: '4h', why: 'A window moved later than this is of no use to the carrier.' });
export const needMaxAge = defineLimit({ name: 'bottleneck.need-max-age', value: '4h', why: 'A later need told after this is of no use to the supplier.' });

export const releaseWithin = defineLimit({
  name: 'release.within',
  value: '4h',
  why: 'Half a shift. What its line has not taken by then is not made today: planning releases it again.',
});

// How long a request that was given up can still be committed, or a commit can stay invisible.
export const erpSettles = defineLimit({ name: 'erp.settles-within', value: '45s', why: 'The ERP ends a dialogue step after 40 s.' });
export const mesSettles = defineLimit({ name: 'mes.settles-within', value: '20s', why: 'The MES ends a request after 15 s.' });
export const wmsSettles = defineLimit({ name: 'wms.settles-within', value: '20s', why: 'The WMS ends a request after 15 s.' });
export const cmmsSettles = defineLimit({ name: 'cmms.settles-within', value: '2m', why: 'The CMMS shows a new work request only after its index has run.' });

// How systems are treated.
export const systemTimeout = defineLimit({ name: 'systems.timeout', value: '10s', why: 'How long an answer may take before its outcome counts as unknown.' });
export const systemRetryFirst = defineLimit({ name: 'systems.retry-first', value: '500ms', why: 'Wait before the first second try; doubles from there.' });
export const systemRetryMax = defineLimit({ name: 'systems.retry-max', value: '30s', why: 'The longest wait between two tries.' });
export const systemPatience = defineLimit({ name: 'systems.patience', value: '15m', why: 'After this long without success the owner of a system is told.' });
