import { get } from 'node:http';

/** `download-program.ts URL`: downloads it again and again, and prints each second how many bytes came so far. */
const url = process.argv[2]!;
let bytes = 0;
setInterval(() => process.stdout.write(`${bytes}\n`), 1000);
for (;;) {
  await new Promise<void>((resolve, reject) => {
    get(url, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url}: status ${response.statusCode}`));
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', resolve).on('error', reject);
    }).on('error', reject);
  });
}
