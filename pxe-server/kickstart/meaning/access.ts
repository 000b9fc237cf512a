import type { Document, Password, User } from '../document/shapes.ts';
import type { Finding } from '../findings.ts';
import type { CommandNode, SectionNode } from '../nodes.ts';
import { tell } from './tell.ts';

/** Who may log in, and whether anybody can. */
export function accessFindings(document: Document): Finding[] {
  const { root, users, bootloader } = document;
  const passwords = [root, ...users, bootloader].flatMap((one) =>
    one?.password ? passwordFindings(one.node, one.password) : [],
  );
  return [
    ...passwords,
    ...users.flatMap(userFindings),
    ...usersTwice(users),
    ...keyFindings(document),
    ...noLogin(document),
  ];
}

/** crypt(5), and what is no password on purpose: !, !!, *. */
const CRYPT = /^(\$[0-9a-z]+\$[./0-9A-Za-z$=,+-]+|[!*]{1,2}|grub\.pbkdf2\.sha512\.\d+\.[0-9A-F.]+)$/;

function passwordFindings(node: CommandNode, { text, crypted }: Password): Finding[] {
  const field = node.name === 'bootloader' && node.at.has('md5pass') ? 'md5pass' : 'password';
  if (!crypted) {
    const message = 'whoever reads the kickstart reads this password';
    const mend = 'write --iscrypted and the output of: openssl passwd -6';
    return [tell(node, { code: 'password-plain', message, mend, field, severity: 'risk' })];
  }
  if (CRYPT.test(text)) return [];
  const message = '--iscrypted, but this is no hash of crypt(5)';
  return [tell(node, { code: 'hash-invalid', message, mend: 'use the output of: openssl passwd -6', field })];
}

function userFindings({ node, name, groups, home, shell }: User): Finding[] {
  const wrong = [
    ...(/^[a-z_][a-z0-9_.-]{0,31}\$?$/i.test(name)
      ? []
      : [['name', `${name || '""'} is no name of a user`] as const]),
    ...(name === 'root' ? [['name', 'root is there already'] as const] : []),
    ...groups
      .filter((group) => !/^[a-z_][a-z0-9_.-]{0,31}$/i.test(group))
      .map((group) => ['groups', `${group} is no name of a group`] as const),
    ...(home === undefined || home.startsWith('/') ? [] : [['homedir', `${home} is no path`] as const]),
    ...(shell === undefined || shell.startsWith('/') ? [] : [['shell', `${shell} is no path`] as const]),
  ];
  return wrong.map(([field, message]) =>
    tell(node, {
      ...{ code: 'user-impossible', message, field },
      mend: name === 'root' ? 'use rootpw' : 'write it as useradd(8) takes it',
    }),
  );
}

function usersTwice(users: readonly User[]): Finding[] {
  const names = new Map<string, User>();
  const numbers = new Map<number, User>();
  return users.flatMap((user) => {
    const sameName = names.get(user.name);
    const sameNumber = user.uid === undefined ? undefined : numbers.get(user.uid);
    names.set(user.name, user);
    if (user.uid !== undefined) numbers.set(user.uid, user);
    const before = sameName ?? sameNumber;
    if (!before) return [];
    const what = sameName ? `user ${user.name}` : `user id ${user.uid}`;
    const message = `${what} was there already, in line ${before.node.line.number}`;
    return [
      tell(user.node, { code: 'name-twice', message, mend: 'keep one', field: sameName ? 'name' : 'uid' }),
    ];
  });
}

const KEY =
  /(^|\s)(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp\d+|sk-[a-z0-9-]+@openssh\.com)\s+[A-Za-z0-9+/]{16,}={0,3}(\s|$)/;

function keyFindings({ sshKeys, users, unseen }: Document): Finding[] {
  return sshKeys.flatMap(({ node, username, key }) => {
    const found: Finding[] = [];
    if (username !== 'root' && !users.some(({ name }) => name === username) && unseen.length === 0)
      found.push(
        tell(node, {
          ...{ code: 'user-unknown', message: `no user is called ${username}`, field: 'username' },
          mend: `add user --name=${username}`,
        }),
      );
    if (!KEY.test(key))
      found.push(
        tell(node, {
          ...{ code: 'key-invalid', message: 'this is no public key of SSH', field: 'key' },
          mend: 'quote one line of an id_….pub file',
        }),
      );
    return found;
  });
}

/** Whatever a script does to accounts, nobody knows from here. */
const ACCOUNTS = /\b(passwd|chpasswd|usermod|useradd|authorized_keys|sssd|ipa-client-install|realm join)\b/;

function noLogin(document: Document): Finding[] {
  const { root, users, sshKeys, realm, scripts, unseen, sources, last } = document;
  const canLogin =
    (root?.password && !root.locked) ||
    users.some(({ password, locked }) => password && !locked) ||
    sshKeys.length > 0 ||
    realm !== undefined ||
    scripts.some(({ when, text }) => when === 'post' && ACCOUNTS.test(text));
  if (canLogin || unseen.length > 0 || last.has('rescue')) return [];
  const first: CommandNode | SectionNode | undefined = root?.node ?? users[0]?.node ?? [...last.values()][0];
  if (!first) return [];
  const isImage = sources.some(({ image }) => image);
  const message = isImage
    ? 'nobody can log in unless the image has an account'
    : 'nobody can log in: no password, no key, no realm';
  const mend = 'add rootpw --iscrypted, a user with a password, or sshkey';
  return [tell(first, { code: 'login-impossible', message, mend, severity: isImage ? 'warning' : 'error' })];
}
