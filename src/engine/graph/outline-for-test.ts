import type { FlowOutline, OutlineNode } from './flow-outline.ts';

/** An outline as a reader would say it: one line for each node, two spaces for each level. */
export function outlineText({ nodes, partial }: Pick<FlowOutline, 'nodes' | 'partial'>): readonly string[] {
  return [...nodes.flatMap((node) => told(node, '')), ...(partial ? ['(and more)'] : [])];
}

function told(node: OutlineNode, indent: string): readonly string[] {
  const inner = (nodes: readonly OutlineNode[]): readonly string[] => nodes.flatMap((each) => told(each, `${indent}  `));
  const note = node.note === undefined ? '' : ` // ${node.note}`;
  switch (node.kind) {
    case 'step': {
      const spans = [
        node.as && `as ${node.as}`,
        node.within && `within ${node.within}`,
        node.maxAge && `max age ${node.maxAge}`,
        node.limit && `(${node.limit})`,
        node.undo && 'undo',
      ];
      return [`${indent}${[node.verb, node.identifier, ...spans].filter((word) => word !== undefined && word !== false && word !== '').join(' ')}${note}`];
    }
    case 'parallel':
      return [`${indent}at once${note}`, ...inner(node.children)];
    case 'branch': {
      const otherwise = node.otherwise.length === 0 ? [] : [`${indent}else`, ...inner(node.otherwise)];
      return [`${indent}if ${node.condition}${node.words === undefined ? '' : ` = ${node.words}`}${note}`, ...inner(node.then), ...otherwise];
    }
    case 'loop':
      return [`${indent}${node.form} ${node.over}${node.parallel ? ', at once' : ''}${note}`, ...inner(node.children)];
    case 'end':
      return [`${indent}${node.by} leaves ${node.leaves}${note}`];
    case 'part':
      return [`${indent}part ${[node.name, node.title, node.file].filter((word) => word !== undefined && word !== '').join(' | ')}${note}`, ...inner(node.children)];
  }
}
