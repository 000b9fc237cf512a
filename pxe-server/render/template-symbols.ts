import nunjucks from 'nunjucks';
import { RackhandError } from '../../builder/shared/errors.ts';

interface Node {
  typename: string;
  lineno: number;
  value?: unknown;
  fields: string[];
  [field: string]: unknown;
}

const internals = nunjucks as unknown as { parser: { parse(text: string): Node } };

/** Names that every template may use. */
const BUILT_IN = new Set(['loop', 'true', 'false', 'none', 'range', 'super', 'caller']);
const FORBIDDEN = /^(constructor|__proto__|prototype|__defineGetter__|__lookupGetter__)$/;

/**
 * The first symbol of a template that the context does not have, or member access that could reach code,
 * as an error with file and line; undefined when all is known.
 */
export function findUndefined(
  text: string,
  file: string,
  known: ReadonlySet<string>,
): RackhandError | undefined {
  const tree = parseTemplate(text, file);
  const defined = new Set([...known, ...BUILT_IN]);
  walk(tree, (node) => collectDefinitions(node, defined));
  let fault: RackhandError | undefined;
  walk(tree, (node) => {
    fault ??= inspect(node, file, defined);
  });
  return fault;
}

/** @throws RackhandError template-syntax */
export function parseTemplate(text: string, file: string): Node {
  try {
    return internals.parser.parse(text);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new RackhandError('template-syntax', `template ${file}: ${what}`, 'correct the template');
  }
}

function collectDefinitions(node: Node, defined: Set<string>): void {
  const add = (target: unknown) => {
    for (const item of flatten(target)) if (item.typename === 'Symbol') defined.add(String(item.value));
  };
  if (node.typename === 'Set') add(node.targets);
  if (node.typename === 'For') add(node.name);
  if (node.typename === 'Macro') {
    add(node.name);
    add(node.args);
  }
  if (node.typename === 'Import') add(node.target);
}

function inspect(node: Node, file: string, defined: ReadonlySet<string>): RackhandError | undefined {
  const at = `template ${file}, line ${node.lineno + 1}`;
  if (node.typename === 'Symbol' && !defined.has(String(node.value))) {
    const names = [...defined].filter((n) => !BUILT_IN.has(n)).sort();
    return new RackhandError(
      'template-undefined',
      `${at}: undefined variable ${node.value}`,
      `known: ${names.join(', ')}`,
    );
  }
  if (node.typename === 'LookupVal') {
    const member = node.val as Node;
    const literal = member.typename === 'Literal';
    if (!literal || FORBIDDEN.test(String(member.value))) {
      const what = literal ? `member ${member.value}` : 'a member by a computed name';
      return new RackhandError(
        'template-refused',
        `${at}: ${what} is refused`,
        'use plain data members only',
      );
    }
  }
  if (
    (node.typename === 'Include' || node.typename === 'Extends' || node.typename === 'Import') &&
    (node.template as Node)?.typename !== 'Literal'
  ) {
    return new RackhandError(
      'template-refused',
      `${at}: the included name must be a literal`,
      'write the name itself',
    );
  }
  return undefined;
}

/** Visits every node but names of filters and keyword arguments, which are not variables. */
function walk(node: unknown, visit: (node: Node) => void, field = ''): void {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, visit, field);
  } else if (isNode(node)) {
    visit(node);
    for (const name of node.fields) {
      if (node.typename === 'Filter' && name === 'name') continue;
      if (node.typename === 'Pair' && name === 'key') continue;
      if (node.typename === 'Is' && name === 'right') continue;
      if (node.typename === 'Block' && name === 'name') continue;
      walk(node[name], visit, name);
    }
  }
}

function flatten(target: unknown): Node[] {
  if (Array.isArray(target)) return target.flatMap(flatten);
  if (!isNode(target)) return [];
  if (target.typename === 'Symbol') return [target];
  return target.fields.flatMap((name) => flatten(target[name]));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'typename' in value && 'fields' in value;
}
