import { nearest } from '../../../builder/shared/nearest.ts';
import { TemplateFault } from './fault.ts';
import { FILTERS } from './filters.ts';
import { type Shape, UNKNOWN } from './shape.ts';
import { childrenOf, type TreeNode } from './tree.ts';

/** Names that can be read at a place of a template. */
export type Scope = Map<string, Shape>;

const FORBIDDEN = /^(constructor|prototype|__.*__|call|apply|bind|toString|valueOf)$/;
const FLAG: Shape = { is: 'flag' };
const NUMBER: Shape = { is: 'number' };

/** What an expression gives. @throws TemplateFault for what is not known or not allowed */
export function expressionShape(node: TreeNode, scope: Scope): Shape {
  const of = (field: string) => expressionShape(node[field] as TreeNode, scope);
  switch (node.typename) {
    case 'Literal':
      return literal(node);
    case 'Symbol':
      return symbol(node, scope);
    case 'LookupVal':
      return member(node, scope);
    case 'Filter':
      return filtered(node, scope);
    case 'FunCall':
      return called(node, scope);
    case 'Group':
      return (
        childrenOf(node)
          .map((child) => expressionShape(child, scope))
          .at(-1) ?? UNKNOWN
      );
    case 'Array':
      return {
        is: 'list',
        item: childrenOf(node).map((child) => expressionShape(child, scope))[0] ?? UNKNOWN,
      };
    case 'Dict':
      return record(node, scope);
    case 'InlineIf':
      of('cond');
      return either(of('body'), node.else_ ? of('else_') : { is: 'null', nullable: true });
    case 'Or':
    case 'And':
      return either(of('left'), of('right'));
    case 'Not':
      of('target');
      return FLAG;
    case 'In':
      of('left');
      of('right');
      return FLAG;
    case 'Compare':
      of('expr');
      for (const operand of node.ops as TreeNode[]) expressionShape(operand.expr as TreeNode, scope);
      return FLAG;
    case 'Concat':
    case 'Add':
      return sum(node, of('left'), of('right'));
    case 'Sub':
    case 'Mul':
    case 'FloorDiv':
    case 'Mod':
      for (const side of [of('left'), of('right')])
        if (side.is !== 'number' || side.nullable) throw refuse(node, 'this takes numbers');
      return NUMBER;
  }
  throw refuse(node, `${node.typename} is no part of these templates`);
}

function literal(node: TreeNode): Shape {
  const { value } = node;
  if (value === null) return { is: 'null', nullable: true };
  if (typeof value === 'string') return { is: 'word' };
  if (typeof value === 'number') return NUMBER;
  if (typeof value === 'boolean') return FLAG;
  throw refuse(node, 'a regular expression is no part of these templates');
}

function symbol(node: TreeNode, scope: Scope): Shape {
  const name = String(node.value);
  const known = scope.get(name);
  if (known) return known;
  throw unknownName(node, name, [...scope.keys()]);
}

function member(node: TreeNode, scope: Scope): Shape {
  const key = node.val as TreeNode;
  const name = key.value;
  if (key.typename !== 'Literal') throw refuse(node, 'a member by a computed name is refused');
  if (typeof name === 'string' && FORBIDDEN.test(name)) throw refuse(node, `member ${name} is refused`);
  const target = expressionShape(node.target as TreeNode, scope);
  if (target.is === 'unknown') return UNKNOWN;
  if (target.is === 'record' && typeof name === 'string' && Object.hasOwn(target.members, name))
    return target.members[name]!;
  if (target.is === 'list' && typeof name === 'number') return target.item;
  if (name === 'length' && target.is !== 'record' && target.is !== 'null') return NUMBER;
  const known = target.is === 'record' ? Object.keys(target.members) : ['length'];
  const path = pathOf(node.target as TreeNode);
  throw unknownName(
    node,
    `${path}.${String(name)}`,
    known.map((one) => `${path}.${one}`),
  );
}

function filtered(node: TreeNode, scope: Scope): Shape {
  const name = String((node.name as TreeNode).value);
  const [of = UNKNOWN, ...further] = childrenOf(node.args as TreeNode).map((argument) =>
    expressionShape(argument, scope),
  );
  const filter = FILTERS.get(name);
  if (!filter) {
    const [near] = nearest(name, FILTERS.keys(), 1);
    const known = `filters: ${[...FILTERS.keys()].join(', ')}`;
    throw new TemplateFault(
      'template-refused',
      `no filter ${name}`,
      near ? `did you mean ${near}? ${known}` : known,
      node.lineno + 1,
    );
  }
  const shape = filter.shape(of);
  // What is put in between or instead must be as harmless as the rest.
  return further.some(({ is }) => is === 'text' || is === 'unknown') && shape.is === 'word'
    ? { is: 'text' }
    : shape;
}

/** The one function is range, of a number. */
function called(node: TreeNode, scope: Scope): Shape {
  const given = childrenOf(node.args as TreeNode).map((argument) => expressionShape(argument, scope));
  const callee = node.name as TreeNode;
  if (callee.typename === 'Symbol' && callee.value === 'range' && !scope.has('range')) {
    if (given.length === 1 && given[0]!.is === 'number') return { is: 'list', item: NUMBER };
    throw refuse(node, 'range takes one number');
  }
  expressionShape(callee, scope);
  throw refuse(node, 'nothing but range can be called');
}

function record(node: TreeNode, scope: Scope): Shape {
  const members: Record<string, Shape> = Object.create(null) as Record<string, Shape>;
  for (const pair of childrenOf(node)) {
    const name = String((pair.key as TreeNode).value);
    if (FORBIDDEN.test(name)) throw refuse(node, `member ${name} is refused`);
    members[name] = expressionShape(pair.value as TreeNode, scope);
  }
  return { is: 'record', members };
}

function sum(node: TreeNode, left: Shape, right: Shape): Shape {
  for (const side of [left, right])
    if (side.nullable || side.is === 'list' || side.is === 'record')
      throw new TemplateFault(
        'template-undefined',
        'a part of this text is not there for every host',
        'ask by if before, or use | default("…")',
        node.lineno + 1,
      );
  if (left.is === 'number' && right.is === 'number' && node.typename === 'Add') return NUMBER;
  return either({ ...left, is: left.is === 'number' ? 'word' : left.is } as Shape, right);
}

/** What is true of both. */
function either(left: Shape, right: Shape): Shape {
  const nullable = Boolean(left.nullable || right.nullable);
  if (left.is === 'null') return { ...right, nullable };
  if (right.is === 'null' || left.is === right.is) return { ...left, nullable };
  const words = ['word', 'number', 'flag'];
  return { is: words.includes(left.is) && words.includes(right.is) ? 'word' : 'text', nullable };
}

function pathOf(node: TreeNode): string {
  if (node.typename === 'Symbol' || node.typename === 'Literal') return String(node.value);
  return node.typename === 'LookupVal'
    ? `${pathOf(node.target as TreeNode)}.${String((node.val as TreeNode).value)}`
    : '(…)';
}

function unknownName(node: TreeNode, name: string, known: string[]): TemplateFault {
  const last = (path: string) => path.slice(path.lastIndexOf('.') + 1);
  const [like] = nearest(last(name), known.map(last), 1);
  const near = known.find((one) => last(one) === like);
  const all = `known: ${known.sort().join(', ')}`;
  return new TemplateFault(
    'template-undefined',
    `undefined variable ${name}`,
    near ? `did you mean ${near}? ${all}` : all,
    node.lineno + 1,
  );
}

function refuse(node: TreeNode, what: string): TemplateFault {
  return new TemplateFault(
    'template-refused',
    what,
    'use plain data members, filters and snippets',
    node.lineno + 1,
  );
}
