import nunjucks from 'nunjucks';
import { TemplateFault } from './fault.ts';

/** A node of nunjucks' tree; lines count from 0. */
export interface TreeNode {
  typename: string;
  lineno: number;
  value?: unknown;
  fields: string[];
  [field: string]: unknown;
}

const internals = nunjucks as unknown as { parser: { parse(text: string): TreeNode } };

/** @throws TemplateFault template-syntax */
export function parseTemplate(text: string): TreeNode {
  try {
    return internals.parser.parse(text);
  } catch (error) {
    const { message, lineno } = error as Error & { lineno?: number };
    const what = String(message).replace(/^\(unknown path\)[^\n]*\n\s*/, '');
    throw new TemplateFault('template-syntax', what, 'correct the template', lineno);
  }
}

export function childrenOf(node: TreeNode): TreeNode[] {
  return ((node.children as TreeNode[] | undefined) ?? []).filter(isNode);
}

export function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && 'typename' in value && 'fields' in value;
}
