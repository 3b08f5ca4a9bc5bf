// What a broker says no with, in words (MQTT 5 §2.4; the codes of 3.1.1 §3.2.2.3 and §3.9.3 have the same meaning where they have one).

const words: Readonly<Record<number, string>> = {
  1: 'it does not speak this version of MQTT; set "version: 4"',
  0x80: 'for no reason that it tells',
  0x81: 'it found a packet malformed',
  0x82: 'it found a packet against the protocol',
  0x83: 'for a reason of its own',
  0x84: 'it does not speak this version of MQTT; set "version: 4"',
  0x85: 'it does not take this client id; set "clientId"',
  0x86: 'the user name or password is wrong',
  0x87: 'not authorized',
  0x88: 'it is not available',
  0x89: 'it is busy',
  0x8a: 'this client is banned',
  0x8b: 'it shuts down',
  0x8d: 'nothing was heard from us for longer than the keep-alive',
  0x8e: 'another client came with the same client id, which must be unique at a broker',
  0x8f: 'it does not take such a filter',
  0x90: 'it does not take such a topic',
  0x93: 'more was under way than it takes at once',
  0x95: 'a packet was larger than it takes',
  0x96: 'messages came faster than it takes them',
  0x97: 'a quota is used up',
  0x98: 'somebody who runs it ended it',
  0x99: 'the payload is not in the form that was said',
  0x9a: 'it keeps no retained messages',
  0x9b: 'it does not take this QoS; set "qos: 0"',
  0x9c: 'another server is to be used for now',
  0x9d: 'it has moved to another server',
  0x9e: 'it has no shared subscriptions',
  0x9f: 'connections come faster than it takes them',
  0xa0: 'a connection may not last longer',
  0xa2: 'it has no subscriptions with wildcards; name the topics',
};

/** The words for a reason code, and the broker's own where it gave some. */
export function mqttReason(code: number | undefined, told?: string): string {
  const text = words[code ?? 0x80] ?? `reason code 0x${(code ?? 0).toString(16).padStart(2, '0')}`;
  return told === undefined || told === '' ? text : `${text} (it says: ${told.slice(0, 200)})`;
}
