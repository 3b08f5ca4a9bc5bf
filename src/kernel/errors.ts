/** What an operator can expect of a Fault: its HTTP status, whether trying again helps, and what to do. */
interface FaultKind {
  readonly status: number;
  readonly retry: 'helps' | 'useless' | 'after a change';
  readonly help: string;
}

/** The one table of everything expected that can go wrong. Documented from here; a test compares. */
export const faultKinds = {
  INPUT_INVALID: { status: 400, retry: 'after a change', help: 'Correct the named field and send it again.' },
  NOT_SIGNED_IN: { status: 401, retry: 'after a change', help: 'Send the key from the key file as "authorization: Bearer …", or open the sign-in link.' },
  CERTIFICATE_UNFIT: {
    status: 401,
    retry: 'after a change',
    help: 'Put a certificate that fits in place of the named one; it is picked up without a restart. See docs/guide/edge.md.',
  },
  NOT_ALLOWED: { status: 403, retry: 'after a change', help: 'Ask the owner of the capability for access.' },
  NOT_FOUND: { status: 404, retry: 'useless', help: 'Check the name; list what exists first.' },
  CONFLICT: { status: 409, retry: 'after a change', help: 'It is not, or no longer, as this asks for; the message says how it is. Look again, then decide.' },
  KEY_USED: { status: 409, retry: 'after a change', help: 'Another try of a request has its key and its input; give another request a key of its own.' },
  EDGE_NAME_TAKEN: {
    status: 409,
    retry: 'after a change',
    help: 'Two edges use one name. Start one of them with another --name, or stop the other one and give this one its place with "lineshaft edge accept". It keeps its events.',
  },
  REFUSED_BY_BUSINESS: { status: 409, retry: 'after a change', help: 'The owning system refused; "refusal" says why. Settle the reason there, then ask again.' },
  TOO_LARGE: { status: 413, retry: 'after a change', help: 'Send less at once, or raise the named limit in the environment file.' },
  MEDIA_NOT_TAKEN: { status: 415, retry: 'after a change', help: 'Send the named content type, uncompressed.' },
  CONTRACT_BROKEN: { status: 422, retry: 'after a change', help: 'Compare the event with its contract; the first difference is named.' },
  FILTER_BROKEN: {
    status: 422,
    retry: 'after a change',
    help: 'Mend the named filter and bring the landscape to the hub; then release the message again, or discard it with a reason.',
  },
  TOO_MANY_TRIES: { status: 429, retry: 'helps', help: 'Wait as long as retry-after says, then send the right key.' },
  OVERLOADED: { status: 503, retry: 'helps', help: 'The hub is full. The sender keeps the data and tries again later.' },
  STORE_UNAVAILABLE: { status: 503, retry: 'helps', help: 'Free disk space, or restore access to the data directory or the database server; nothing acknowledged is lost.' },
  STORE_PINNED: {
    status: 503,
    retry: 'helps',
    help: 'A program reads the hub’s database without end, so its write-ahead log cannot be cut back. The hub’s log names the program: end it. Nothing acknowledged is lost.',
  },
  STORE_NEWER: {
    status: 500,
    retry: 'after a change',
    help: 'The data directory or database was written by a newer Lineshaft. Start that version, or use another --data directory or --store.',
  },
  STORE_DIVERGED: {
    status: 500,
    retry: 'after a change',
    help: 'The data directory or database was laid out by another program or an altered build. Start the build that wrote it, or use another --data directory or --store.',
  },
  STORE_UNFIT: { status: 500, retry: 'after a change', help: 'Change the named setting of the database server, then start again.' },
  STORE_HELD: {
    status: 500,
    retry: 'helps',
    help: 'One hub at a time works on a database. Stop the other one, wait until its lease has run out, or give this one another database or schema.',
  },
  STORE_TAKEN_OVER: { status: 500, retry: 'useless', help: 'Another hub works on this database now; this one has stopped. Start it again only to take over in turn.' },
  BACKUP_ELSEWHERE: { status: 409, retry: 'useless', help: 'Back the database up where it lies, with pg_dump; see docs/guide/backup.md.' },
  BACKUP_BROKEN: { status: 422, retry: 'useless', help: 'This file is no whole backup. Take another one; nothing was restored.' },
  DATA_DIR_IN_USE: { status: 500, retry: 'after a change', help: 'Another process holds this data directory. Stop it, or choose another one with --data.' },
  HUB_UNREACHABLE: { status: 502, retry: 'helps', help: 'Start the hub, or name the address of one that runs with --hub; then give the command again.' },
  SYSTEM_UNREACHABLE: { status: 502, retry: 'helps', help: 'The system did not take the request. It is tried again by itself.' },
  SOURCE_UNREACHABLE: { status: 502, retry: 'helps', help: 'See that it is up, that this machine reaches it, and that its address is right; then give the command again.' },
  SYSTEM_BUSY: { status: 503, retry: 'helps', help: 'The system asked to wait. It is tried again by itself.' },
  SYSTEM_DENIED: { status: 502, retry: 'after a change', help: 'The system refused our credentials. Renew them in the environment file.' },
  OUTCOME_UNKNOWN: { status: 504, retry: 'helps', help: 'It is not known whether the system did it. It is read back before any second try.' },
  CONSENT_NEEDED: {
    status: 409,
    retry: 'after a change',
    help: 'The system asks a person before it goes on. Read its question in the exception; "accept" says yes and sends it again.',
  },
  REPLY_BROKEN: { status: 502, retry: 'after a change', help: 'The system answered in a shape its binding does not know. Compare the answer with the binding.' },
  LANDSCAPE_INVALID: { status: 500, retry: 'after a change', help: 'Run "lineshaft check" and mend what it names.' },
  ENVIRONMENT_INVALID: { status: 500, retry: 'after a change', help: 'Correct the named entry of the environment file.' },
  SECRET_KEY_UNFIT: {
    status: 500,
    retry: 'after a change',
    help: 'Give the key file or the passphrase that the secrets were sealed with, or set them anew; see docs/guide/security.md.',
  },
  SECRETS_DAMAGED: { status: 500, retry: 'after a change', help: 'Put the file back from a copy, or delete it and set its secrets anew; see docs/guide/security.md.' },
  OWNERSHIP_REFUSED: { status: 403, retry: 'useless', help: 'Only the owning system writes this domain. Use a capability of the owner.' },
  SIGNATURE_UNFIT: { status: 403, retry: 'after a change', help: 'Find out who sends it; see docs/guide/security.md for an edge that was set up anew.' },
  RELEASE_NOT_SIGNED: { status: 403, retry: 'after a change', help: 'Find out who offers it. Where the hub has a new key, enrol the edge again.' },
  REPLAY_DIVERGED: { status: 500, retry: 'after a change', help: 'The flow no longer takes the steps it took. Start the release that the run began on.' },
  PROTOCOL_UNKNOWN: { status: 409, retry: 'after a change', help: 'This run was recorded by a newer engine. Start that version to finish it.' },
  LANDSCAPE_THREW: { status: 500, retry: 'after a change', help: 'Code of the landscape threw. Mend it and retry the run.' },
  LANDSCAPE_STALLED: {
    status: 500,
    retry: 'after a change',
    help: 'Code of the landscape did not come back, or ended the process. Mend it where the case says, then retry.',
  },
  LIBRARY_MISSING: { status: 500, retry: 'after a change', help: 'Install the named package beside lineshaft, with Node 24 or newer, then start again.' },
  PORT_TAKEN: { status: 500, retry: 'after a change', help: 'Choose another port, or stop the program that uses it.' },
  PROCESS_ENDED: { status: 500, retry: 'after a change', help: 'Do what it said; all of its words are in its log.' },
  PROTOCOL_VIOLATED: { status: 502, retry: 'useless', help: 'The peer sent bytes that its protocol does not allow. Look at the named message.' },
  COMMAND_INVALID: { status: 400, retry: 'after a change', help: 'See --help.' },
} as const satisfies Record<string, FaultKind>;

export type FaultCode = keyof typeof faultKinds;

/** Whether a text that came from elsewhere is one of our codes. */
export function isFaultCode(text: unknown): text is FaultCode {
  return typeof text === 'string' && Object.hasOwn(faultKinds, text);
}

/** Something expected that went wrong: names the thing and the value; its code says what the operator can do. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: FaultCode, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Fault';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return faultKinds[this.code].status;
  }

  get help(): string {
    return faultKinds[this.code].help;
  }
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
