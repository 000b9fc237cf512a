import { lineBody } from '../../../pxe-server/kickstart/lines.ts';
import type { Kickstart } from '../../../pxe-server/kickstart/parse.ts';

/** A document without places, for comparison. */
export function plainDocument({ nodes }: Pick<Kickstart, 'nodes'>): unknown {
  return nodes.map((node) => {
    if (!('words' in node)) return { is: node.is, text: node.text };
    const { is, words, comment } = node;
    const plain = { is, words: words.map(({ text }) => text), comment };
    if (node.is === 'include') return { ...plain, target: node.target };
    const { name, values, valid } = node;
    if (node.is === 'command') return { ...plain, name, values, valid, status: node.status };
    const body = node.body.map(({ text }) => lineBody(text));
    const packages = node.packages?.map(({ place: _, ...entry }) => entry);
    return { ...plain, name, values, valid, body, packages, ended: node.ended };
  });
}
