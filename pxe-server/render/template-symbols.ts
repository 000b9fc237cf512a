import nunjucks from 'nunjucks';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { TemplateValue } from './template.ts';

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
 * The first symbol or member that the context does not have, wherever in the template it stands, or member
 * access that could reach code, as an error with file and line; undefined when all is known.
 */
export function findUndefined(
  text: string,
  file: string,
  context: Readonly<Record<string, TemplateValue>>,
): RackhandError | undefined {
  const tree = parseTemplate(text, file);
  const own = new Set<string>();
  walk(tree, (node) => collectDefinitions(node, own));
  let fault: RackhandError | undefined;
  walk(tree, (node) => {
    fault ??= inspect(node, file, context, own);
  });
  return fault;
}

/** @throws RackhandError template-syntax */
function parseTemplate(text: string, file: string): Node {
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

function inspect(
  node: Node,
  file: string,
  context: Readonly<Record<string, TemplateValue>>,
  own: ReadonlySet<string>,
): RackhandError | undefined {
  const at = `template ${file}, line ${node.lineno + 1}`;
  const undefinedName = (name: string, known: string[]) =>
    new RackhandError(
      'template-undefined',
      `${at}: undefined variable ${name}`,
      `known: ${known.sort().join(', ')}`,
    );
  if (node.typename === 'Symbol') {
    const name = String(node.value);
    if (!Object.hasOwn(context, name) && !own.has(name) && !BUILT_IN.has(name))
      return undefinedName(name, [...Object.keys(context), ...own]);
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
    const target = contextValue(node.target as Node, context, own);
    if (target && !hasMember(target.value, member.value)) {
      const known = isRecord(target.value) ? Object.keys(target.value) : ['length'];
      return undefinedName(
        `${target.path}.${member.value}`,
        known.map((name) => `${target.path}.${name}`),
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

/** The value that a chain of members leads to; undefined when the template itself made what it starts from. */
function contextValue(
  node: Node,
  context: Readonly<Record<string, TemplateValue>>,
  own: ReadonlySet<string>,
): { path: string; value: TemplateValue } | undefined {
  if (node.typename === 'Symbol') {
    const path = String(node.value);
    return own.has(path) || !Object.hasOwn(context, path) ? undefined : { path, value: context[path]! };
  }
  if (node.typename !== 'LookupVal') return undefined;
  const target = contextValue(node.target as Node, context, own);
  const name = (node.val as Node).value as string;
  if (!target || !isRecord(target.value) || !Object.hasOwn(target.value, name)) return undefined;
  return { path: `${target.path}.${name}`, value: target.value[name]! };
}

function hasMember(value: TemplateValue, name: unknown): boolean {
  if (isRecord(value)) return typeof name === 'string' && Object.hasOwn(value, name);
  return (Array.isArray(value) && typeof name === 'number') || (value !== null && name === 'length');
}

function isRecord(value: TemplateValue): value is { [key: string]: TemplateValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
