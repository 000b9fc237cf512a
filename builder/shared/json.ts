/** What a text is as JSON; undefined where it is none, which a schema refuses then as anything else it does not know. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
