import type { Accounts } from './tables.ts';

type Kind = 'passwd' | 'group' | 'shadow' | 'gshadow';

/** The account files: Debian's historic accounts, then those of the table. No account has a password. */
export function accountFile(kind: Kind, masters: { passwd: string; group: string }, table: Accounts): string {
  const lines = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('_apt:'));
  const users = Object.entries(table.users);
  const passwd = [
    ...lines(masters.passwd).map((line) => line.replace(/^([^:]+):[^:]*:/, '$1:x:')),
    ...users.map(([name, user]) => {
      const group = user.group === undefined ? user.uid : table.groups[user.group];
      return `${name}:x:${user.uid}:${group}:${user.gecos}:${user.home}:/usr/sbin/nologin`;
    }),
  ];
  const groups = [
    ...lines(masters.group).map((line) => line.replace(/^([^:]+):[^:]*:/, '$1:x:')),
    ...Object.entries(table.groups).map(([name, gid]) => {
      const members = users.filter(([, user]) => user.also.includes(name)).map(([user]) => user);
      return `${name}:x:${gid}:${members.join(',')}`;
    }),
  ];
  const names = (rows: string[]) => rows.map((row) => row.slice(0, row.indexOf(':')));
  const rows = {
    passwd,
    group: groups,
    shadow: names(passwd).map((name) => `${name}:${name === 'root' ? '!*' : '!!'}:19000:0:99999:7:::`),
    gshadow: groups.map((row) => `${row.slice(0, row.indexOf(':'))}:!::${row.split(':')[3] ?? ''}`),
  }[kind];
  return `${rows.join('\n')}\n`;
}
