// EUInformation (OPC 10000-8 §5.6.3): the code of UNECE Recommendation 20, its letters as bytes of a number, and its name; as UCUM.
const byCode: Readonly<Record<string, string>> = {
  CEL: 'Cel',
  FAH: '[degF]',
  KEL: 'K',
  MTR: 'm',
  CMT: 'cm',
  MMT: 'mm',
  KMT: 'km',
  INH: '[in_i]',
  FOT: '[ft_i]',
  MTK: 'm2',
  MTQ: 'm3',
  LTR: 'L',
  MLT: 'mL',
  GRM: 'g',
  KGM: 'kg',
  TNE: 't',
  LBR: '[lb_av]',
  C26: 'ms',
  SEC: 's',
  MIN: 'min',
  HUR: 'h',
  DAY: 'd',
  MTS: 'm/s',
  C16: 'mm/s',
  KMH: 'km/h',
  MSK: 'm/s2',
  HTZ: 'Hz',
  KHZ: 'kHz',
  RPM: '{rev}/min',
  DD: 'deg',
  C81: 'rad',
  NEW: 'N',
  B47: 'kN',
  NU: 'N.m',
  PAL: 'Pa',
  KPA: 'kPa',
  MPA: 'MPa',
  BAR: 'bar',
  MBR: 'mbar',
  PS: '[psi]',
  WTT: 'W',
  KWT: 'kW',
  MAW: 'MW',
  JOU: 'J',
  KJO: 'kJ',
  WHR: 'W.h',
  KWH: 'kW.h',
  VLT: 'V',
  '2Z': 'mV',
  KVT: 'kV',
  AMP: 'A',
  '4K': 'mA',
  OHM: 'Ohm',
  MQH: 'm3/h',
  L2: 'L/min',
  KGS: 'kg/s',
  P1: '%',
  C62: '1',
  H87: '{piece}',
  LUX: 'lx',
  CDL: 'cd',
};
/** Servers that leave out the code write these. */
const byName: Readonly<Record<string, string>> = {
  '°C': 'Cel',
  '°F': '[degF]',
  Ω: 'Ohm',
  'm³/h': 'm3/h',
  'm/s²': 'm/s2',
  'l/min': 'L/min',
  kWh: 'kW.h',
  Nm: 'N.m',
  rpm: '{rev}/min',
  '1/min': '/min',
};

/** What a server says of the unit of a variable. */
export interface EuInformation {
  readonly unitId: number;
  readonly name: string;
}

/** The UCUM code; undefined where the unit is none that is known here. */
export function ucumOf({ unitId, name }: EuInformation, isUcum: (code: string) => boolean): string | undefined {
  const letters = unitId > 0 ? String.fromCharCode(...[24, 16, 8, 0].map((shift) => (unitId >>> shift) & 0xff).filter((byte) => byte > 0)) : '';
  if (Object.hasOwn(byCode, letters)) return byCode[letters];
  const trimmed = name.trim();
  if (Object.hasOwn(byName, trimmed)) return byName[trimmed];
  return trimmed !== '' && isUcum(trimmed) ? trimmed : undefined;
}

/** Reads the value of a variable that is an EUInformation. */
export function euInformation(value: unknown): EuInformation | undefined {
  if (typeof value !== 'object' || value === null || !('unitId' in value) || typeof value.unitId !== 'number') return undefined;
  const display = 'displayName' in value ? value.displayName : undefined;
  const name = typeof display === 'object' && display !== null && 'text' in display && typeof display.text === 'string' ? display.text : '';
  return { unitId: value.unitId, name };
}
