import type { Command } from 'commander';
import {
  createKey,
  defaultKey,
  openSigner,
  readPublicKey,
  readSigner,
  trustedKeys,
  trustKey,
} from '../evidence/keys.ts';
import { keyId, keyLine, type Signer } from '../evidence/signature.ts';
import { RackhandError } from '../shared/errors.ts';
import { print, printJson } from './options.ts';

interface KeyFlags {
  key: string;
  json?: boolean;
}

/** `rackhand keys …`: what images are signed with, and whose images are believed. */
export function addKeysCommands(program: Command): void {
  const keys = program.command('keys').description('keys that sign images, and keys that are trusted');
  const command = (name: string, description: string) => keys.command(name).description(description);
  command('create', 'make a signing key; one that is there stays')
    .option('--key <file>', 'where', defaultKey())
    .action(async ({ key }: KeyFlags) => {
      const created = await createKey(key);
      const signer = await readSigner(key);
      print(created ? adviceOn(key, signer) : `signing key ${keyId(signer)} is in ${key} already`);
    });
  command('show', 'the public half of the signing key, and the keys that are trusted')
    .option('--key <file>', 'signing key', defaultKey())
    .option('--json', 'print JSON')
    .action(showKeys);
  command('trust <key>', 'believe images that this key signed (public key of minisign: file or line)').action(
    async (given: string) => {
      const key = await readPublicKey(given);
      print(`key ${keyId(key)} is trusted: ${await trustKey(key)} says so, until it is removed`);
    },
  );
}

async function showKeys({ key, json }: KeyFlags): Promise<void> {
  const own = await readSigner(key).catch((error) => {
    if (error instanceof RackhandError && error.code === 'key-missing') return undefined;
    throw error;
  });
  const trusted = (await trustedKeys(key)).map((one) => ({ id: keyId(one), key: keyLine(one) }));
  if (json)
    return printJson({ signing: own ? { file: key, id: keyId(own), key: keyLine(own) } : null, trusted });
  print(own ? `signing key ${keyId(own)} in ${key}` : `no signing key in ${key}: the first build makes one`);
  for (const one of trusted) print(`trusted     ${one.id}  ${one.key}`);
}

/** The key of a build, made by the first one, which says so. */
export async function openKey(file: string, say: (line: string) => void): Promise<void> {
  const { signer, created } = await openSigner(file);
  if (created) say(adviceOn(file, signer));
}

function adviceOn(file: string, signer: Signer): string {
  return [
    `A signing key was made: ${file}`,
    '  Keep a copy where only you can read it, and not on a machine that serves images: who has it signs as you.',
    '  Lost, it cannot be made again; images stay good, new ones need a new key that others have to trust.',
    `  Give its public half to whoever checks your images (rackhand keys trust, minisign -P): ${keyLine(signer)}`,
  ].join('\n');
}
