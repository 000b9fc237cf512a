import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import { folderNews } from '../../../pxe-server/templates/folder.ts';

const file = (text: string | null) => ({
  sha256: text === null ? null : sha256(text),
  source: 'file' as const,
});
const api = (text: string) => ({ sha256: sha256(text), source: 'api' as const });
type Seen = Record<string, ReturnType<typeof file> | ReturnType<typeof api>>;

describe('the folder of the configuration counts', () => {
  it.each<[string, Record<string, string>, Seen, Seen, [string, string | null][]]>([
    ['when a file is new', { a: 'x' }, {}, {}, [['a', 'x']]],
    ['not when it says what it said', { a: 'x' }, { a: file('x') }, { a: file('x') }, []],
    ['when it says something else', { a: 'y' }, { a: file('x') }, { a: file('x') }, [['a', 'y']]],
    ['not over what a person wrote since', { a: 'x' }, { a: file('x') }, { a: api('z') }, []],
    ['over it once the file changes', { a: 'y' }, { a: file('x') }, { a: api('z') }, [['a', 'y']]],
    ['for what a person wrote first', { a: 'x' }, {}, { a: api('x') }, [['a', 'x']]],
    ['when its file is gone', {}, { a: file('x') }, { a: file('x') }, [['a', null]]],
    ['not for what a person wrote when its file is gone', {}, { a: file('x') }, { a: api('z') }, []],
    ['once for a file that is gone', {}, { a: file(null) }, { a: file(null) }, []],
    ['when a file is there again', { a: 'x' }, { a: file(null) }, { a: file(null) }, [['a', 'x']]],
  ])('%s', (_when, folder, told, live, expected) => {
    const map = <T>(of: Record<string, T>) => new Map(Object.entries(of));
    const news = folderNews(map(folder), map(told), map(live));
    expect(news.map(({ name, text }) => [name, text])).toEqual(expected);
    for (const one of news) expect(one).toMatchObject({ author: 'file', source: 'file' });
  });
});
