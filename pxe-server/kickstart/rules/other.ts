import { isGiven, needs, notTogether, oneOf, type Rule, rule } from './rule.ts';

const length = (field: string) => (values: Parameters<Rule>[0]) => (values[field] as string[]).length;

const network: readonly Rule[] = [
  needs('bridgeopts', 'bridgeslaves'),
  rule(
    'value-invalid',
    'bridgeopts',
    '--bridgeopts is not key=value, by commas',
    'write it so',
    (values) =>
      isGiven(values, 'bridgeopts') && !/^\s*[^=,]+=[^=,]*(,[^=,]+=[^=,]*)*$/.test(String(values.bridgeopts)),
  ),
  needs('ipv4DnsSearch', 'device'),
  needs('ipv6DnsSearch', 'device'),
  needs('ipv4IgnoreAutoDns', 'device'),
  needs('ipv6IgnoreAutoDns', 'device'),
];

const keyboard: readonly Rule[] = [
  rule(
    'argument-absent',
    undefined,
    'keyboard needs a layout',
    'add --vckeymap=us or --xlayouts=us',
    (values) => !['layouts', 'vckeymap', 'xlayouts'].some((field) => isGiven(values, field)),
  ),
  rule(
    'word-unexpected',
    'layouts',
    'keyboard takes one layout as a word',
    'use --xlayouts for several',
    (values) => length('layouts')(values) > 1,
  ),
];

const driverdisk: readonly Rule[] = [
  notTogether('source', 'biospart'),
  rule(
    'word-unexpected',
    'partition',
    'driverdisk takes one place',
    'keep one',
    (values) =>
      length('partition')(values) > 1 ||
      (isGiven(values, 'partition') && (isGiven(values, 'source') || isGiven(values, 'biospart'))),
  ),
  rule(
    'argument-absent',
    undefined,
    'driverdisk needs a place',
    'name a partition, --source or --biospart',
    (values) => !['partition', 'source', 'biospart'].some((field) => isGiven(values, field)),
  ),
];

const timezone: readonly Rule[] = [
  rule(
    'argument-absent',
    undefined,
    'timezone says nothing',
    'name a zone such as Europe/Prague',
    (values) => !['zones', 'utc', 'nontp', 'ntpservers'].some((field) => isGiven(values, field)),
  ),
  rule(
    'word-unexpected',
    'zones',
    'there is one time zone',
    'keep one',
    (values) => length('zones')(values) > 1,
  ),
  notTogether('nontp', 'ntpservers'),
];

const password = rule(
  'argument-absent',
  undefined,
  'there is no password',
  'add one, or --lock',
  (values) => !isGiven(values, 'password') && !isGiven(values, 'lock'),
);

export const otherRules: Readonly<Record<string, readonly Rule[]>> = {
  bootloader: [notTogether('sdboot', 'extlinux')],
  driverdisk,
  eula: [
    rule(
      'argument-absent',
      undefined,
      'eula has to be agreed to',
      'add --agreed',
      (v) => !isGiven(v, 'agreed'),
    ),
  ],
  harddrive: [
    (values, release) =>
      release === 'el8'
        ? (notTogether('partition', 'biospart')(values, release) ??
          oneOf('partition', 'biospart')(values, release))
        : undefined,
  ],
  keyboard,
  network,
  ostreesetup: [
    rule(
      'value-invalid',
      'url',
      'an OSTree repository is reached by http, https or file',
      'use such a URL',
      (v) => v.url !== undefined && !/^(file|https?):/.test(String(v.url)),
    ),
  ],
  repo: [notTogether('baseurl', 'mirrorlist', 'metalink')],
  rescue: [notTogether('nomount', 'romount')],
  rootpw: [password],
  services: [oneOf('enabled', 'disabled')],
  sshpw: [
    rule('argument-absent', undefined, 'there is no password', 'add one', (v) => !isGiven(v, 'password')),
  ],
  timesource: [
    notTogether('ntpServer', 'ntpPool', 'ntpDisable'),
    oneOf('ntpServer', 'ntpPool', 'ntpDisable'),
    notTogether('nts', 'ntpDisable'),
  ],
  timezone,
  updates: [
    rule(
      'argument-absent',
      undefined,
      'the URL is missing',
      'add it',
      (v, release) => release !== 'el8' && length('url')(v) === 0,
    ),
    rule('word-unexpected', 'url', 'updates takes one URL', 'keep one', (v) => length('url')(v) > 1),
  ],
  url: [notTogether('url', 'mirrorlist', 'metalink'), oneOf('url', 'mirrorlist', 'metalink')],
};

export const sectionRules: Readonly<Record<string, readonly Rule[]>> = {
  '%packages': [notTogether('default', 'nocore')],
  '%certificate': [oneOf('dir', 'type')],
};
