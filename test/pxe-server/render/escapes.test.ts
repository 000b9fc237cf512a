import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { shapeOf, type TemplateValue, WORD } from '../../../pxe-server/render/template/shape.ts';
import { renderStrictly } from '../../../pxe-server/render/template/strict.ts';
import { type ContextShape, Templates } from '../../../pxe-server/render/template.ts';

const Context = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z]+$/)
    .meta(WORD),
  remark: z.string(),
  proxy: z.string().nullable(),
  vlan: z.int().nullable(),
  users: z.array(z.strictObject({ name: z.string().meta(WORD), key: z.string() })),
  mode: z.enum(['a', 'b']),
});
const SHAPE = shapeOf(Context) as ContextShape;
const VALUE: Record<string, TemplateValue> = {
  ...{ name: 'node', remark: "it's", proxy: null, vlan: null, mode: 'a' },
  users: [{ name: 'ann', key: 'k' }],
};
const render = (text: string, snippets: Record<string, string> = {}, value = VALUE) =>
  new Templates(new Map(Object.entries({ t: text, ...snippets })), SHAPE).render('t', value);
const fault = (code: string, message: RegExp | string = '') =>
  expect.objectContaining({
    code,
    message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
  });

/** Ways out of nunjucks and its relatives that are written of in public. */
const ESCAPES = [
  `{{ "".constructor.constructor("return process")() }}`,
  `{{ range.constructor("return global.process.mainModule.require('child_process')")() }}`,
  `{{ cycler.constructor("return process")() }}`,
  `{{ joiner.__proto__.constructor("return process")() }}`,
  `{{ ({}).constructor }}`,
  `{{ [].constructor }}`,
  `{{ name["constructor"] }}`,
  `{{ name["const" + "ructor"] }}`,
  `{{ name[["constructor"]] }}`,
  `{% set c = "constructor" %}{{ name[c] }}`,
  `{{ users["__proto__"] }}`,
  `{{ users.__proto__.polluted }}`,
  `{{ { "__proto__": 1 } }}`,
  `{% set x = { constructor: 1 } %}`,
  `{{ users | map(attribute="constructor") }}`,
  `{{ users | groupby("constructor") }}`,
  `{{ users | sort(false, false, "constructor") }}`,
  `{{ users | selectattr("constructor") }}`,
  `{{ name | attr("constructor") }}`,
  `{{ name | dump | safe }}`,
  `{{ name.replace("n", "x") }}`,
  `{{ name.toString.call }}`,
  `{{ users.map(range) }}`,
  `{{ self }}`,
  `{{ this }}`,
  `{{ caller() }}`,
  `{{ super() }}`,
  `{{ loop.constructor }}`,
  `{{ r/(a+)+$/.test(name) }}`,
  `{{ global }}`,
  `{{ process.env }}`,
  `{{ require("fs") }}`,
  `{{ env.opts }}`,
  `{{ context.lookup("name") }}`,
  `{{ runtime.memberLookup }}`,
  `{% import "t" as t %}`,
  `{% from "t" import x %}`,
  `{% macro m() %}{% endmacro %}{{ m() }}`,
  `{% call m() %}{% endcall %}`,
  `{% filter constructor %}{% endfilter %}`,
  `{% include name %}`,
  `{% include "../secret" %}`,
  `{% include "/etc/passwd" %}`,
  `{% include "snippets/" + name %}`,
  `{% include "nothing" ignore missing %}`,
  `{% extends users %}`,
  `{% asyncEach u in users %}{% endeach %}`,
  `{% asyncAll u in users %}{% endall %}`,
  `{% switch name %}{% case "a" %}{% endswitch %}`,
  `{% for k, v in users %}{% endfor %}`,
  `{% raw %}{{ x }}{% endraw %}{{ x }}`,
  `{% include "t" %}`,
  `{% set name = "other" %}`,
  `{{ name is callable }}`,
  `{{ users[0:1] }}`,
  `{{ 2 ** 9999 }}`,
];

describe('ways out of a template', () => {
  it.each(ESCAPES)('%s', (text) => {
    const code = expect.stringMatching(/^template-(refused|undefined|absent|syntax)$/);
    expect(() => render(text)).toThrow(expect.objectContaining({ code }));
  });
  it('what got past the check finds nothing at run time either', () => {
    const bare = (text: string) => () => renderStrictly(new Map([['t', text]]), 't', VALUE);
    for (const text of [
      `{{ "".constructor }}`,
      `{{ users.constructor }}`,
      `{{ name["const" + "ructor"] }}`,
      `{{ users.map }}`,
      `{{ range.constructor }}`,
      `{{ cycler }}`,
      `{{ toString }}`,
      `{{ constructor }}`,
      `{{ loop }}`,
      `{% for x in name %}{% endfor %}`,
      `{{ range(100000000) }}`,
      `{{ users }}`,
    ])
      expect(bare(text), text).toThrow(
        expect.objectContaining({ message: expect.stringContaining('template t') }),
      );
  });
});

describe('quotes', () => {
  it.each([
    ['{{ remark }}'],
    ['{{ proxy }}'],
    ['{{ users[0].key }}'],
    ['{% for u in users %}{{ u.key }}{% endfor %}'],
  ])('text that a person wrote is not written as it is: %s', (text) =>
    expect(() => render(text)).toThrow(fault('template-unquoted', 'template t, line 1')),
  );
  it.each([
    ['{{ remark | ks }}', `'it'\\''s'`],
    ['{{ name | ks }} {{ mode }} {{ users | length }}', 'node a 1'],
    ['{{ "a b" | ks }}', `'a b'`],
    ['{{ "%post" | ks }}', `'%post'`],
    ['{{ "#" ~ name | ks }}', '#node'],
    ['{{ proxy | default("none") | ks }}', 'none'],
    ['{% if proxy %}--proxy={{ proxy | ks }}{% endif %}.', '.'],
    ['{% set x %}{{ name }}{% endset %}{{ x }}', 'node'],
    ['{{ range(3) | join(",") }}', '0,1,2'],
  ])('%s', (text, expected) => expect(render(text)).toBe(expected));
  it.each(['a\nb', 'a\rb', 'a\u2028b', 'a\0b'])('no filter for one line takes %j', (remark) => {
    for (const filter of ['ks', 'shell', 'line'])
      expect(() => render(`\n{{ remark | ${filter} }}`, {}, { ...VALUE, remark })).toThrow(
        fault('template-failed', 'template t, line 2'),
      );
  });
  it('a script ends no section', () => {
    const script = (remark: string) => () => render('{{ remark | script }}', {}, { ...VALUE, remark });
    expect(script('a\n  b\r\nc\n')()).toBe('a\n  b\nc');
    for (const text of ['%end', 'a\n%post\nb', 'a\n  %include /x', 'a\x1b[2J'])
      expect(script(text)).toThrow(fault('template-failed'));
  });
});

describe('strict', () => {
  it.each([
    ['{% if remark %}\n{{ proxy | ks }}{% endif %}', 'template-undefined', 'line 2'],
    ['{{ "a" ~ vlan }}', 'template-undefined', 'not there for every host'],
    ['{{ vlan }}', 'template-undefined', 'line 1'],
    ['{{ vlan + 1 }}', 'template-undefined', 'line 1'],
    [
      '{% if mode == "b" %}{% set x = "1" %}{% endif %}\n{{ x }}',
      'template-undefined',
      'undefined variable x',
    ],
    ['{{ range(name) }}', 'template-refused', 'range takes one number'],
  ])('%s', (text, code, message) => expect(() => render(text)).toThrow(fault(code, message)));
  it('a snippet is checked with what it can see where it is included', () => {
    const snippet = { 'snippets/user.njk': '{{ u.name }}' };
    const loop = '{% for u in users %}{% include "snippets/user.njk" %}{% endfor %}';
    expect(render(loop, snippet)).toBe('ann');
    expect(() => render('{% include "snippets/user.njk" %}', snippet)).toThrow(
      fault('template-undefined', 'template snippets/user.njk, line 1: undefined variable u'),
    );
  });
  it('an error in a snippet while it is rendered names the snippet and its line', () => {
    const text = '\n\n{% include "snippets/p.njk" %}';
    expect(() => render(text, { 'snippets/p.njk': '\n{{ proxy | ks }}' })).toThrow(
      fault('template-undefined', 'template snippets/p.njk, line 2'),
    );
  });
  it('extends and blocks', () => {
    const base = { base: 'a{% block body %}b{% endblock %}c' };
    expect(render('{% extends "base" %}{% block body %}{{ name }}{% endblock %}', base)).toBe('anodec');
    expect(() => render('{% extends "base" %}{% block body %}{{ nam }}{% endblock %}', base)).toThrow(
      fault('template-undefined', 'template t, line 1'),
    );
  });
  it('a context has no functions and no unions', () => {
    expect(() => shapeOf(z.strictObject({ a: z.union([z.string(), z.number()]) }))).toThrow(TypeError);
  });
});
