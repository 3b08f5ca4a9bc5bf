import type { Dispatcher } from 'undici';
import { Fault, messageOf } from '../kernel/errors.ts';
import { onAbort } from './deadline.ts';

/** One HTTP request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** One complete HTTP answer; header names in lower case. */
export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Where a request goes, and what of it an operator needs to know. */
export interface Peer {
  readonly dispatcher: Dispatcher;
  readonly system: string;
  readonly origin: string;
  /** The longest body of an answer, bytes. */
  readonly bytesMax: number;
}

/**
 * Sends one request, once, and resolves with the complete answer, whatever its status. Raises SYSTEM_UNREACHABLE where not a
 * byte of it was written, OUTCOME_UNKNOWN where some may have been, INPUT_INVALID where it is no HTTP request.
 */
export function exchange(peer: Peer, request: WireRequest, signal: AbortSignal): Promise<WireReply> {
  return new Promise((resolve, reject) => {
    let started: Dispatcher.DispatchController | undefined;
    let ended = false;
    let status = 0;
    let headers: Readonly<Record<string, string>> = {};
    let bytes = 0;
    const chunks: Buffer[] = [];

    const end = (): boolean => {
      if (ended) return false;
      ended = true;
      stopListening();
      return true;
    };
    const fail = (reason: unknown): void => {
      if (end()) reject(faultOf(peer, request, reason, started !== undefined, status));
      started?.abort(reason instanceof Error ? reason : new Error(messageOf(reason)));
    };

    const handler: Dispatcher.DispatchHandler = {
      // Called just before the first byte is written: what fails before this was certainly not executed, and an abort in here
      // writes nothing. A second call would be the client's own repeat, which is ours to decide, never its.
      onRequestStart(controller) {
        if (!ended && started) fail(new Error('the connection closed while the request was under way'));
        if (ended) controller.abort(new Error('given up before it was sent'));
        else started = controller;
      },
      onResponseStart(_controller, code, raw) {
        if (code < 200) return;
        status = code;
        headers = flat(raw);
      },
      onResponseData(_controller, chunk) {
        bytes += chunk.length;
        if (bytes > peer.bytesMax) fail(new Error(`the answer is longer than bytesMax = ${peer.bytesMax}`));
        else chunks.push(chunk);
      },
      onResponseEnd() {
        if (end()) resolve({ status, headers, body: Buffer.concat(chunks) });
      },
      onResponseError(_controller, error) {
        fail(error);
      },
    };

    const stopListening = onAbort(signal, (reason) => queueMicrotask(() => fail(reason)));
    if (signal.aborted) return;
    try {
      peer.dispatcher.dispatch(
        { method: request.method, path: request.path, headers: request.headers, body: request.body ?? null, idempotent: false, headersTimeout: 0, bodyTimeout: 0 },
        handler,
      );
    } catch (error) {
      fail(error);
    }
  });
}

function faultOf(peer: Peer, request: WireRequest, reason: unknown, written: boolean, status: number): Fault {
  const call = `${request.method} ${request.path.replace(/\?.*$/, '')}`;
  const details = { system: peer.system, call, ...(status === 0 ? {} : { status }) };
  if (isInvalidArgument(reason)) return new Fault('INPUT_INVALID', `${call} to ${peer.system} is no valid HTTP request: ${messageOf(reason)}.`, details, reason);
  if (!written) return new Fault('SYSTEM_UNREACHABLE', `Cannot reach ${peer.system} at ${peer.origin}: ${messageOf(reason)}.`, details, reason);
  const heard = status === 0 ? 'no answer came' : `its answer (status ${status}) broke off`;
  return new Fault('OUTCOME_UNKNOWN', `${call} was sent to ${peer.system}, but ${heard}: ${messageOf(reason)}.`, details, reason);
}

function isInvalidArgument(reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason && reason.code === 'UND_ERR_INVALID_ARG';
}

function flat(raw: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) headers[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
}
