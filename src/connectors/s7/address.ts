import { Fault } from '../../kernel/errors.ts';

/** Of a data block: byte, and bit or length. */
const inBlock = /^DB[1-9]\d{0,4},(?:X\d{1,5}\.[0-7]|(?:BYTE|CHAR|INT|WORD|DINT|DWORD|REAL|LREAL)\d{1,5}|STRING\d{1,5}\.(\d{1,3}))$/;
/** Of inputs, outputs and markers, in English or German mnemonics: a bit, or B, C, W, I, D, DI, R, LR for what begins at a byte. */
const inArea = /^[IEQAM](?:\d{1,5}\.[0-7]|(?:B|C|W|I|DI|D|R|LR)\d{1,5})$/;
const textMax = 254;

const form = '"DB7,REAL12", "DB7,X4.3", "DB7,STRING20.30", "MW10", "I0.1"; the types are X, BYTE, CHAR, INT, WORD, DINT, DWORD, REAL, LREAL and STRING<byte>.<length>';

/** Refuses what is no address of one value. Raises LANDSCAPE_INVALID. */
export function checkedS7Address(text: string): string {
  const [found, length] = inBlock.exec(text) ?? inArea.exec(text) ?? [];
  if (found === undefined || Number(length ?? 1) > textMax || length === '0')
    throw new Fault('LANDSCAPE_INVALID', `The address ${JSON.stringify(text)} is none of S7: ${form}.`, { address: text });
  return text;
}

export type S7Type = { readonly kind: 'X' | 'BYTE' | 'CHAR' | 'INT' | 'WORD' | 'DINT' | 'DWORD' | 'REAL' | 'LREAL' } | { readonly kind: 'STRING'; readonly length: number };

const short = { B: 'BYTE', C: 'CHAR', W: 'WORD', I: 'INT', DI: 'DINT', D: 'DWORD', R: 'REAL', LR: 'LREAL' } as const;
const long = ['X', 'BYTE', 'CHAR', 'INT', 'WORD', 'DINT', 'DWORD', 'REAL', 'LREAL'] as const;

/** What lies at a checked address. */
export function s7TypeOf(address: string): S7Type {
  const length = inBlock.exec(address)?.[1];
  if (length !== undefined) return { kind: 'STRING', length: Number(length) };
  const word = /^(?:DB\d+,|[IEQAM])([A-Z]*)/.exec(address)?.[1] ?? '';
  const found = long.find((kind) => kind === word) ?? Object.entries(short).find(([letters]) => letters === word)?.[1];
  // Of an area, a bit is told by its point alone.
  return { kind: found ?? 'X' };
}
