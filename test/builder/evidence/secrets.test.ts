import { describe, expect, it } from 'vitest';
import { publicRepositories, publicVariables } from '../../../builder/evidence/secrets.ts';
import type { Repository } from '../../../builder/recipe/schema.ts';

const repository = (more: Partial<Repository>): Repository =>
  ({ id: 'base', gpgcheck: true, ...more }) as Repository;
const told = (baseurl: string, variables: Record<string, string> = {}) =>
  publicRepositories([repository({ baseurl })], variables)[0]!.baseurl;

describe('what is told of a repository', () => {
  it.each([
    ['https://mirror.test/el9', 'https://mirror.test/el9'],
    ['https://user:word@mirror.test/el9', 'https://mirror.test/el9'],
    ['https://user:w@rd@mirror.test/el9', 'https://mirror.test/el9'],
    ['https://mirror.test/el9?repo=a@b', 'https://mirror.test/el9?repo=a@b'],
    [
      'https://mirror.test/l?repo=baseos&token=abc&arch=x86_64',
      'https://mirror.test/l?repo=baseos&token=&arch=x86_64',
    ],
    ['https://mirror.test/l?api_key=abc', 'https://mirror.test/l?api_key='],
    ['file:///srv/mirror', 'file:///srv/mirror'],
  ])('%s: %s', (url, shown) => expect(told(url)).toBe(shown));

  it('keeps values of secret variables to itself, wherever they stand', () => {
    expect(told('https://mirror.test/abc123/el9', { token: 'abc123' })).toBe(
      'https://mirror.test/${token}/el9',
    );
    const [key] = publicRepositories([repository({ sslclientkey: '/etc/pki/4711-key.pem' })], {
      entitlement: '4711',
    });
    expect(key!.sslclientkey).toBe('/etc/pki/${entitlement}-key.pem');
  });
});

it('variables are told when they are no secret and are told of in a repository anyway', () => {
  const repositories = [
    repository({ baseurl: 'https://joe:word@mirror.test/abc123/el9', gpgkey: 'file:///keys/a.asc' }),
  ];
  const variables = {
    ...{ mirror: 'https://joe:word@mirror.test', host: 'mirror.test', name: 'joe', secretly: 'word' },
    ...{ token: 'abc123', key: '/keys/a.asc' },
  };
  expect(publicVariables(repositories, variables)).toEqual({ host: 'mirror.test', key: '/keys/a.asc' });
});
