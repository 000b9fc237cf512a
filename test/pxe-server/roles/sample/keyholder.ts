import { runRole } from '../../../../pxe-server/roles/role.ts';

/** The one that is called in launcher.system.test.ts. */
await runRole<{ text: string }>('keyholder', async ({ settings, link }) => {
  const heard: unknown[] = [];
  link.onNotice((_from, body) => heard.push(body));
  link.answer('settings', () => settings.text.length);
  link.answer('umask', () => process.umask());
  link.answer('heard', () => heard);
  link.answer('hang', () => new Promise(() => undefined));
  link.answer('end', () => process.exit(3));
  return async () => undefined;
});
