/**
 * `page-program.ts URL TOKEN HOSTS`: asks for all that the page asks for when it is opened, again and again, and
 * prints each second how often it had all of it. A browser would draw it on a machine of its own.
 */
const [url, token, hosts] = process.argv.slice(2) as [string, string, string];
let pages = 0;
setInterval(() => process.stdout.write(`${pages}\n`), 1000);

async function text(path: string): Promise<string> {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${path}: status ${response.status}`);
  return response.text();
}

/** Scripts and styles that a file of the page names, as addresses. */
const named = (file: string) =>
  [...file.matchAll(/(?:src|href)="\/?([\w-]+\.(?:js|css|svg))"|from '\.\/([\w-]+\.js)'/g)].map(
    ([, tag, script]) => `/${tag ?? script}`,
  );

for (;;) {
  const seen = new Set(['/']);
  for (const path of seen) for (const next of named(await text(path))) seen.add(next);
  if (seen.size < 10) throw new Error(`a page of ${seen.size} files`);
  await text('/api/v1/events?limit=1');
  const rows = JSON.parse(await text('/api/v1/overview')) as { hosts: unknown[] };
  if (rows.hosts.length < Number(hosts)) throw new Error(`${rows.hosts.length} hosts`);
  pages += 1;
}
