import type { Repository } from '../recipe/schema.ts';
import { ADDRESSES } from '../recipe/variables.ts';

/** What of repositories and variables may be told to everybody who reads an image's provenance: pure. */

/** Variables whose name says that their value is nobody's business. */
const SECRET = /pass|secret|token|credential|auth|entitlement/i;

/** Parameters of a URL that are no name of a repository. */
const SECRET_PARAMETER = /([?&][^=&]*(?:pass|secret|token|credential|auth|key|sig)[^=&]*=)[^&]*/gi;

/** Repositories without users and passwords in their URLs, and without the values of secret variables. */
export function publicRepositories(
  repositories: readonly Repository[],
  variables: Record<string, string>,
): Repository[] {
  const secrets = Object.entries(variables).filter(([name, value]) => SECRET.test(name) && value !== '');
  const tell = (text: string) =>
    secrets.reduce(
      (told, [name, value]) => told.replaceAll(value, () => `\${${name}}`),
      text.replace(/^([a-z]+:\/\/)[^/]*@/, '$1').replace(SECRET_PARAMETER, '$1'),
    );
  return repositories.map((repository) => {
    const told = { ...repository };
    for (const key of ADDRESSES) if (told[key] !== undefined) told[key] = tell(told[key]);
    return told;
  });
}

/** Variables that are told: not a secret by name, and still to be read in what is told of the repositories. */
export function publicVariables(
  repositories: readonly Repository[],
  variables: Record<string, string>,
): Record<string, string> {
  const texts = publicRepositories(repositories, variables).flatMap((one) =>
    ADDRESSES.map((key) => one[key] ?? ''),
  );
  return Object.fromEntries(
    Object.entries(variables).filter(
      ([name, value]) => !SECRET.test(name) && texts.some((text) => text.includes(value)),
    ),
  );
}
