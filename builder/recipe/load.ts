import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { errno, RackhandError } from '../shared/errors.ts';
import { identity } from '../shared/ids.ts';
import { nearest } from './nearest.ts';
import { FilledUrl, Recipe, type Repository } from './schema.ts';
import { type PlacedRule, RuleSet, type StripEntry, type StripRule, VERBS } from './strip-rules.ts';

export interface LoadedRecipe {
  recipe: Recipe;
  /** The recipe's strip rules with those of the sets it uses, in order. */
  rules: PlacedRule[];
  /** Hash of recipe and rules after defaults and variables. */
  sha256: string;
}

/**
 * Reads a recipe and the rule sets it uses.
 * @throws RackhandError recipe-missing | recipe-invalid | recipe-variable
 */
export async function loadRecipe(
  file: string,
  variables: Record<string, string> = {},
): Promise<LoadedRecipe> {
  const { data, lineOf } = parseStrict(await read(file), file, Recipe);
  const values = { ...data.variables, ...variables };
  const repositories = data.repositories.map((repository) => substitute(repository, values, file));
  const recipe = { ...data, variables: {}, repositories };
  const rules = await placeRules(data.strip, file, (index) => lineOf(['strip', index]));
  // Where a rule stands is for people: moving it within its file changes nothing.
  const plain = rules.map(({ at: _, ...rule }) => rule);
  return { recipe, rules, sha256: identity({ recipe: { ...recipe, strip: [] }, rules: plain }) };
}

/** Folder of the shared rule sets. */
const SETS = join(import.meta.dirname, '../../images/recipes/rules');

async function placeRules(
  entries: readonly StripEntry[],
  file: string,
  lineOf: (index: number) => number,
): Promise<PlacedRule[]> {
  const placed: PlacedRule[] = [];
  for (const [index, entry] of entries.entries()) {
    if ('use' in entry) placed.push(...(await readSet(entry.use, `${file}:${lineOf(index)}`)));
    else placed.push(placeRule(entry, `${basename(file)}:${lineOf(index)}`));
  }
  return placed;
}

async function readSet(name: string, from: string): Promise<PlacedRule[]> {
  const file = join(SETS, `${name}.yaml`);
  const known = (await readdir(SETS)).map((entry) => entry.replace(/\.yaml$/, ''));
  if (!known.includes(name)) {
    const near = nearest(name, known, 1)[0];
    const hint = near ? `; did you mean "${near}"?` : `; sets: ${known.join(', ')}`;
    throw invalid(`${from}: there is no rule set "${name}"${hint}`);
  }
  const { data, lineOf } = parseStrict(await read(file), file, RuleSet);
  return data.rules.map((rule, index) => placeRule(rule, `${name}.yaml:${lineOf(['rules', index])}`));
}

function placeRule(rule: StripRule, at: string): PlacedRule {
  const verb = VERBS.find((name) => rule[name] !== undefined)!;
  const needed = rule.unless ? 'stays' : rule['even-if'] ? 'goes' : undefined;
  return { verb, patterns: rule[verb]!, because: rule.because, needed, at };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const what = errno(cause) === 'ENOENT' ? 'does not exist' : `cannot be read (${errno(cause)})`;
    throw new RackhandError(
      'recipe-missing',
      `${file} ${what}`,
      'name a recipe such as images/recipes/lab.yaml',
      {
        cause,
      },
    );
  }
}

/** YAML against a strict schema; each fault with its line, an unknown key with the nearest known one. */
export function parseStrict<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
): { data: z.output<S>; lineOf: (path: PropertyKey[]) => number } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true });
  const fault = document.errors[0];
  if (fault) {
    const { line, col } = counter.linePos(fault.pos[0]);
    throw invalid(`${file}:${line}:${col}: ${fault.message.split('\n')[0]}`);
  }
  const result = schema.safeParse(document.toJS({ maxAliasCount: 20 }));
  if (result.success) return { data: result.data, lineOf };
  throw invalid(result.error.issues.flatMap((issue) => tell(issue)).join('\n'));

  function tell(issue: z.core.$ZodIssue): string[] {
    if (issue.code === 'invalid_union') {
      // Of the forms that would do, the nearest one is what the writer meant.
      const [nearestForm] = [...issue.errors].sort((a, b) => a.length - b.length);
      return (nearestForm ?? []).flatMap((inner) => tell({ ...inner, path: [...issue.path, ...inner.path] }));
    }
    if (issue.code !== 'unrecognized_keys') {
      const where = issue.path.map(String).join('.') || 'top level';
      return [`${file}:${lineOf(issue.path)}: ${where}: ${issue.message}`];
    }
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => {
      const near = nearest(key, known, 1)[0];
      const hint = near ? `; did you mean "${near}"?` : `; known keys: ${known.join(', ')}`;
      return `${file}:${lineOf([...issue.path, key])}: unknown key "${[...issue.path, key].map(String).join('.')}"${hint}`;
    });
  }

  function lineOf(path: PropertyKey[]): number {
    for (let depth = path.length; depth > 0; depth--) {
      const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
      const items = (parent as { items?: unknown[] } | undefined)?.items;
      const pair = items?.find((item) => {
        const key = (item as { key?: { value?: unknown } }).key;
        return key !== undefined && key !== null && key.value === path[depth - 1];
      }) as { key?: { range?: number[] } } | undefined;
      const node = (pair?.key ?? document.getIn(path.slice(0, depth), true)) as
        | { range?: number[] }
        | undefined;
      if (node?.range) return counter.linePos(node.range[0]!).line;
    }
    return 1;
  }
}

function invalid(what: string): RackhandError {
  return new RackhandError('recipe-invalid', what, 'correct the lines named above');
}

/** Names that the schema knows at a path of the document. */
function keysAt(schema: z.ZodType, path: PropertyKey[]): string[] {
  let at: z.ZodType = schema;
  for (const step of path) {
    at = bare(at);
    if (at instanceof z.ZodObject) at = at.shape[String(step)] as z.ZodType;
    else if (at instanceof z.ZodArray) at = at.element as z.ZodType;
    else return [];
  }
  at = bare(at);
  const forms = at instanceof z.ZodUnion ? (at.options as z.ZodType[]) : [at];
  return forms.flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : []));
}

function bare(schema: z.ZodType): z.ZodType {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodDefault) at = at.unwrap() as z.ZodType;
  return at;
}

/** Only what a path or host may hold: the result lands in dnf's repo file, one line of it. */
const VALUE = /^[A-Za-z0-9._~/:@%+-]+$/;

function substitute(repository: Repository, variables: Record<string, string>, file: string): Repository {
  const fault = (name: string, what: string) =>
    new RackhandError(
      'recipe-variable',
      `${file}: variable "${name}" of repository ${repository.id} ${what}`,
      `give it on the command line: --set ${name}=VALUE`,
    );
  const fill = (text: string) => {
    const names: string[] = [];
    const url = text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (value === undefined) throw fault(name, 'has no value');
      if (!VALUE.test(value)) throw fault(name, `has a value that a URL cannot hold: ${value}`);
      names.push(name);
      return value;
    });
    if (FilledUrl.safeParse(url).success) return url;
    throw fault(names.join(', '), `gives no http, https or file URL: ${url}`);
  };
  return {
    ...repository,
    gpgkey: fill(repository.gpgkey),
    ...(repository.baseurl === undefined ? {} : { baseurl: fill(repository.baseurl) }),
    ...(repository.metalink === undefined ? {} : { metalink: fill(repository.metalink) }),
  };
}
