import { Fault, messageOf } from '../../kernel/errors.ts';

export interface SmtpReply {
  /** Addresses that the server took the message for. */
  readonly accepted: readonly string[];
  /** Addresses that it refused for good, and its words. */
  readonly rejected: readonly string[];
  readonly reason?: string;
}

/** What is known of a message when its delivery failed. */
interface Failure {
  /** Whether the server had asked for the text of the message. */
  readonly textBegun: boolean;
  readonly system: string;
  readonly address: string;
  readonly to: readonly string[];
}

/** Replies that say that we may not send at all (RFC 4954 §6). */
const denials: readonly number[] = [530, 534, 535, 538];
/** Commands that come before any message. */
const greeting: readonly string[] = ['CONN', 'EHLO', 'HELO', 'STARTTLS'];

/** The Fault, or the refusal as a reply, that an error of the SMTP client stands for (RFC 5321 §4.2.1: 4yz is transient, 5yz is for good). */
export function outcomeOf(error: unknown, failure: Failure): Fault | SmtpReply {
  const { textBegun, system, address, to } = failure;
  const { code, command, responseCode } = traitsOf(error);
  const details = { system, ...(responseCode === undefined ? {} : { status: responseCode }) };
  const said = messageOf(error);
  if (responseCode !== undefined && responseCode >= 400 && responseCode < 500)
    return new Fault('SYSTEM_BUSY', `${system} at ${address} asked to try later: ${said}`, details, error);
  if (code === 'EAUTH' || (responseCode !== undefined && denials.includes(responseCode)))
    return new Fault('SYSTEM_DENIED', `${system} at ${address} refused our credentials: ${said}`, details, error);
  if (responseCode !== undefined && responseCode >= 500 && !greeting.includes(command)) return { accepted: [], rejected: to, reason: said };
  if (textBegun) return new Fault('OUTCOME_UNKNOWN', `The message went to ${system} at ${address}, but its answer did not come: ${said}.`, details, error);
  if (code === 'EENVELOPE') return new Fault('INPUT_INVALID', `${system} cannot send to ${to.join(', ')}: ${said}.`, details, error);
  if (code === 'EMESSAGE') return { accepted: [], rejected: to, reason: said };
  return new Fault('SYSTEM_UNREACHABLE', `Cannot reach ${system} at ${address}: ${said}.`, details, error);
}

function traitsOf(error: unknown): { readonly code: string; readonly command: string; readonly responseCode: number | undefined } {
  const text = (name: string): string => {
    const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  return { code: text('code'), command: text('command'), responseCode: text('responseCode') === '' ? undefined : Number(text('responseCode')) };
}
