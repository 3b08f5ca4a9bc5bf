// XML as a walk over its elements: well-formed documents only, nothing that a DOCTYPE could declare, and no deeper than anybody needs.
import { Fault, messageOf } from '../../kernel/errors.ts';

export type XmlLibrary = typeof import('saxes');
export type Attributes = Readonly<Record<string, string>>;

/** Names are without their prefix: what MTConnect's extensions add lies under prefixes of their own. */
export interface XmlVisitor {
  open(name: string, attributes: Attributes): void;
  /** The text directly in the element, whole. */
  close(name: string, text: string): void;
}

const depthMax = 64;

/** Walks one document. Raises PROTOCOL_VIOLATED where it is no well-formed XML, or has a DOCTYPE. */
export function walkXml({ SaxesParser }: XmlLibrary, bytes: Uint8Array, visitor: XmlVisitor): void {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  const texts: string[] = [];
  const add = (text: string): void => {
    const last = texts.length - 1;
    if (last >= 0) texts[last] += text;
  };
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('it has a DOCTYPE, which no agent needs');
  });
  parser.on('opentag', ({ name, attributes }) => {
    texts.push('');
    if (texts.length > depthMax) throw new Error(`its elements are more than ${depthMax} deep`);
    visitor.open(localName(name), attributes);
  });
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', ({ name }) => visitor.close(localName(name), texts.pop() ?? ''));
  try {
    parser.write(new TextDecoder('utf-8', { fatal: true }).decode(bytes)).close();
  } catch (error) {
    throw new Fault('PROTOCOL_VIOLATED', `The answer is no XML that can be read: ${messageOf(error)}.`, {}, error);
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
