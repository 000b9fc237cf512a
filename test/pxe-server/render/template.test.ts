import { describe, expect, it } from 'vitest';
import { Templates } from '../../../pxe-server/render/template.ts';

const render = (text: string, context = {}) => new Templates(new Map([['t', text]])).render('t', context);

describe('templates', () => {
  it.each([
    ['{{ missing }}'],
    ['{% if missing %}x{% endif %}'],
    ['{% for x in missing %}x{% endfor %}'],
    ['{{ "a" ~ missing }}'],
    ['{% set a = missing %}'],
    ['{{ range(missing) }}'],
    ['{{ host | shell(missing) }}'],
  ])('an undefined variable is an error: %s', (text) => {
    expect(() => render(`ok\n${text}`, { host: 'h' })).toThrow(
      expect.objectContaining({ code: 'template-undefined', message: expect.stringContaining('line 2') }),
    );
  });
  it.each([
    ['{{ host.nam }}', 'host.nam', 'did you mean host.name? known: host.disk, host.name'],
    ['{% if host.nam %}x{% endif %}', 'host.nam', 'did you mean host.name? known: host.disk, host.name'],
    [
      '{% if false %}{{ host.disk.siz }}{% endif %}',
      'host.disk.siz',
      'did you mean host.disk.size? known: host.disk.size',
    ],
    ['{% for x in host.nics %}x{% endfor %}', 'host.nics', 'known: host.disk, host.name'],
    ['{% set a = host["nam"] %}', 'host.nam', 'did you mean host.name? known: host.disk, host.name'],
    ['{{ host.name.toUpperCase() }}', 'host.name.toUpperCase', 'known: host.name.length'],
    ['{{ keys.first }}', 'keys.first', 'known: keys.length'],
  ])('an undefined member is an error, wherever it stands: %s', (text, name, mend) => {
    const context = { host: { name: 'h', disk: { size: 1 } }, keys: ['k'] };
    expect(() => render(`ok\n${text}`, context)).toThrow(
      expect.objectContaining({
        code: 'template-undefined',
        message: `template t, line 2: undefined variable ${name}`,
        mend,
      }),
    );
  });
  it('members that are there, and those of what the template made itself', () => {
    const context = { host: { name: 'h', disk: { size: 1 } }, hosts: [{ ip: '::1' }], keys: ['k'] };
    const text =
      '{{ host.disk.size }} {{ keys.length }} {{ keys[0] }} {% for h in hosts %}{{ h.ip }}{{ loop.index }}{% endfor %} ' +
      '{% set d = { port: 80 } %}{{ d.port }}';
    expect(render(text, context)).toBe('1 1 k ::11 80');
  });
  it('every template is tried before one is asked for', () => {
    const tried = (texts: Record<string, string>) => () =>
      new Templates(new Map(Object.entries(texts))).check({ host: { name: 'h' } });
    expect(tried({ a: '{{ host.name }}', b: '{% include "a" %}' })).not.toThrow();
    const code = (expected: string) => expect.objectContaining({ code: expected });
    expect(tried({ a: 'ok', b: '{% if %}' })).toThrow(code('template-syntax'));
    expect(tried({ a: '{{ host.nam }}' })).toThrow(code('template-undefined'));
    expect(tried({ a: '{% include "absent" %}' })).toThrow(code('template-absent'));
    expect(tried({ a: '{{ host.name | nosuchfilter }}' })).toThrow(code('template-refused'));
  });
  it.each([
    [`{{ "".constructor.constructor("return 1")() }}`],
    ['{{ host["__proto__"] }}'],
    ['{{ host["con" ~ "structor"] }}'],
    ['{% include host %}'],
  ])('access that leads to code is refused: %s', (text) => {
    expect(() => render(text, { host: 'h' })).toThrow(expect.objectContaining({ code: 'template-refused' }));
  });
  it('quotes for the shell and refuses line breaks', () => {
    expect(render('{{ v | shell }}', { v: "it's; rm" })).toBe(`'it'\\''s; rm'`);
    expect(() => render('{{ v | shell }}', { v: 'a\n%post' })).toThrow(/line break/);
  });
  it('an absent template names those that exist', () => {
    expect(() => new Templates(new Map([['a', '']])).render('../a', {})).toThrow(
      expect.objectContaining({ code: 'template-absent', mend: 'known templates: a' }),
    );
  });
});
