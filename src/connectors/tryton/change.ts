import { Fault } from '../../kernel/errors.ts';
import type { Peer } from '../http-exchange.ts';
import { find, type Found, type Read } from './records.ts';
import type { TrytonChange, TrytonReply, TrytonUs } from './request.ts';
import { notSent } from './session.ts';
import type { Caller } from './json-rpc.ts';

/** How often a record is read again because somebody was faster, where no version was decided on. */
const readsMax = 5;
/** Questions of one change that are answered with its owner's yes. */
const questionsMax = 10;

/** Changes the one record that the natural key finds, as it was just read: Tryton refuses it where anybody wrote it since. */
export async function change(wanted: TrytonChange, call: Caller, accepted: readonly string[], peer: Peer): Promise<TrytonReply> {
  let lost = '';
  for (let reads = 0; reads < readsMax; reads += 1) {
    const seen = await look(wanted, call, peer);
    if ('kind' in seen) return seen;
    const { record, us } = seen;
    const answer = await ask(wanted, record, call, accepted, peer);
    if (answer.kind === 'refused') return { kind: 'refused', us, reason: 'rule', message: answer.message, record };
    if (answer.kind === 'result') return { kind: 'done', us, before: record, result: answer.value };
    lost = answer.message;
    if (wanted.version !== undefined) return { kind: 'refused', us, reason: 'changed', message: lost, record };
  }
  throw new Fault('SYSTEM_BUSY', `Others write this record of ${peer.system} all the time: ${lost}`, { system: peer.system, model: wanted.model });
}

/** The record, if it is there, the only one, and as it must be. Raises only what says that nothing was changed. */
async function look({ model, where, fields, when = {}, version }: TrytonChange, call: Caller, peer: Peer): Promise<{ readonly record: Read; readonly us: TrytonUs } | TrytonReply> {
  let found: Found;
  try {
    found = await find({ model, where, fields: [...fields, ...Object.keys(when)] }, call, peer);
  } catch (error) {
    throw notSent(error, peer);
  }
  const { us } = found;
  if (found.kind === 'refused') return { kind: 'refused', us, reason: 'rule', message: found.message };
  const [record, ...more] = found.records;
  if (!record) return { kind: 'refused', us, reason: 'absent', message: `No ${model} has ${keyText(where)}.` };
  if (more.length > 0) return { kind: 'refused', us, reason: 'ambiguous', message: `${more.length + 1} records of ${model} have ${keyText(where)}.` };
  const other = Object.entries(when).find(([field, values]) => !values.some((value) => value === record[field]));
  if (other) {
    const [field, values] = other;
    return { kind: 'refused', us, reason: 'not-now', message: `Its ${field} is ${String(record[field])}, not ${values.join(' or ')}.`, record };
  }
  if (version !== undefined && record._version !== version) return { kind: 'refused', us, reason: 'changed', message: 'It was changed since it was read.', record };
  return { record, us };
}

/** Calls the method; where Tryton asks what the owner has said yes to, says so and calls again. Raises CONSENT_NEEDED for any other question. */
async function ask({ model, method, values, context = {} }: TrytonChange, { id, _timestamp }: Read, call: Caller, accepted: readonly string[], peer: Peer) {
  const params = [[id], ...(values === undefined ? [] : [values])];
  const said = new Set<string>();
  for (;;) {
    const answer = await call(`model.${model}.${method}`, params, { ...context, _timestamp: { [`${model},${id}`]: _timestamp } });
    if (answer.kind === 'signed out') throw new Fault('SYSTEM_DENIED', `${peer.system} does not know our session.`, { system: peer.system });
    if (answer.kind !== 'asks') return answer;
    const { question, message } = answer;
    if (!accepted.includes(question) || said.has(question) || said.size >= questionsMax)
      throw new Fault('CONSENT_NEEDED', `${peer.system} asks: ${message}`, { system: peer.system, question });
    said.add(question);
    await sayYes(question, answer.us, call, peer);
  }
}

/** Tryton's way to accept a warning: the user notes its name, and the next call that would give it takes the note away. */
async function sayYes(question: string, { user }: TrytonUs, call: Caller, peer: Peer): Promise<void> {
  try {
    const noted = await call('model.res.user.warning.create', [[{ user, name: question, always: false }]]);
    if (noted.kind !== 'result')
      throw new Fault('SYSTEM_DENIED', `${peer.system} does not let us accept a warning: ${'message' in noted ? noted.message : noted.kind}`, { system: peer.system, question });
  } catch (error) {
    throw notSent(error, peer);
  }
}

function keyText(where: readonly unknown[]): string {
  return where.map((clause) => (Array.isArray(clause) ? clause.join(' ') : String(clause))).join(', ');
}
