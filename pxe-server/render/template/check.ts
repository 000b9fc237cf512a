import { nearest } from '../../../builder/shared/nearest.ts';
import { expressionShape, type Scope } from './expressions.ts';
import { TemplateFault, templateError } from './fault.ts';
import type { Shape } from './shape.ts';
import { childrenOf, isNode, parseTemplate, type TreeNode } from './tree.ts';

const DEEPEST = 16;

/**
 * Walks a template and all that it includes or extends, every branch of it, before anything is rendered: each name
 * must be in the context's shape or made by the template, each construct in the list below, and text that a person
 * wrote must pass a filter that quotes it.
 * @returns names of the templates that were walked
 * @throws RackhandError template-syntax | template-undefined | template-refused | template-unquoted | template-absent
 */
export function checkTemplate(
  texts: ReadonlyMap<string, string>,
  name: string,
  context: Extract<Shape, { is: 'record' }>,
): Set<string> {
  const reached = new Set<string>();
  const scope: Scope = new Map(Object.entries(context.members));
  new Check(texts, scope, reached).file(name, scope, []);
  return reached;
}

class Check {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #root: Scope;
  readonly #reached: Set<string>;
  #open: string[] = [];

  constructor(texts: ReadonlyMap<string, string>, root: Scope, reached: Set<string>) {
    this.#texts = texts;
    this.#root = root;
    this.#reached = reached;
  }

  file(name: string, scope: Scope, open: string[]): void {
    const text = this.#texts.get(name);
    if (text === undefined) throw this.#absent(name);
    if (open.includes(name) || open.length >= DEEPEST)
      throw new TemplateFault('template-refused', `${[...open, name].join(' → ')}: no end`, 'take one away');
    const before = this.#open;
    this.#open = [...open, name];
    this.#reached.add(name);
    try {
      this.#body(parseTemplate(text), new Map(scope));
    } catch (error) {
      throw error instanceof TemplateFault ? templateError(error.Update(name), name) : error;
    }
    this.#open = before;
  }

  #body(node: unknown, scope: Scope): void {
    if (!isNode(node)) return;
    switch (node.typename) {
      case 'Root':
      case 'NodeList':
        for (const child of childrenOf(node)) this.#body(child, scope);
        return;
      case 'TemplateData':
        return;
      case 'Output':
        for (const child of childrenOf(node)) this.#output(child, scope);
        return;
      case 'If':
        expressionShape(node.cond as TreeNode, scope);
        this.#body(node.body, scope);
        this.#body(node.else_, scope);
        return;
      case 'For':
        this.#loop(node, scope);
        return;
      case 'Set':
        this.#set(node, scope);
        return;
      case 'Include':
      case 'Extends':
        this.file(literalName(node), node.typename === 'Include' ? scope : this.#root, this.#open);
        return;
      case 'Block':
        // A block sees what the context gives and nothing that was set outside of it.
        this.#body(node.body, new Map(this.#root));
        return;
    }
    throw refused(node, `${node.typename} is no part of these templates`);
  }

  #output(node: TreeNode, scope: Scope): void {
    if (node.typename === 'TemplateData') return;
    const { is } = expressionShape(node, scope);
    if (['word', 'number', 'flag'].includes(is)) return;
    if (is === 'text' || is === 'unknown')
      throw new TemplateFault(
        'template-unquoted',
        'text that a person wrote would stand here as it is',
        'add a filter: | ks for a word of a kickstart, | shell for one of a script, | line in a comment, | script',
        node.lineno + 1,
      );
    throw refused(node, `a ${is} cannot be written`);
  }

  #loop(node: TreeNode, scope: Scope): void {
    const over = expressionShape(node.arr as TreeNode, scope);
    const name = node.name as TreeNode;
    if (name.typename !== 'Symbol') throw refused(node, 'for takes one name');
    if (over.is !== 'list' && over.is !== 'unknown') throw refused(node, 'for needs a list');
    const inner = new Map(scope).set(String(name.value), over.is === 'list' ? over.item : over);
    this.#body(node.body, inner.set('loop', LOOP));
    this.#body(node.else_, new Map(scope));
  }

  #set(node: TreeNode, scope: Scope): void {
    const body = node.body as TreeNode | undefined;
    if (body) this.#body(body.typename === 'Capture' ? body.body : body, new Map(scope));
    const shape: Shape = body ? { is: 'word' } : expressionShape(node.value as TreeNode, scope);
    for (const target of node.targets as TreeNode[]) {
      if (target.typename !== 'Symbol') throw refused(node, 'set takes a name');
      if (this.#root.has(String(target.value)))
        throw refused(node, `${target.value} is the context's, and would mean something else from here on`);
      scope.set(String(target.value), shape);
    }
  }

  #absent(name: string): TemplateFault {
    const known = [...this.#texts.keys()].sort();
    const [near] = nearest(name, known, 1);
    const mend = `known templates: ${known.join(', ') || 'none'}`;
    return new TemplateFault(
      'template-absent',
      `no template ${name}`,
      near ? `did you mean ${near}? ${mend}` : mend,
    );
  }
}

const LOOP: Shape = {
  is: 'record',
  members: {
    ...{ index: { is: 'number' }, index0: { is: 'number' }, length: { is: 'number' } },
    ...{
      first: { is: 'flag' },
      last: { is: 'flag' },
      revindex: { is: 'number' },
      revindex0: { is: 'number' },
    },
  },
};

function literalName(node: TreeNode): string {
  const template = node.template as TreeNode;
  if (template.typename === 'Literal' && typeof template.value === 'string' && !node.ignoreMissing)
    return template.value;
  throw refused(node, 'the included name must be a literal, and not missing');
}

function refused(node: TreeNode, what: string): TemplateFault {
  return new TemplateFault('template-refused', what, 'write it otherwise, or in a snippet', node.lineno + 1);
}
