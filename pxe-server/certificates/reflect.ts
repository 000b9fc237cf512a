/**
 * The container inside @peculiar/x509 (tsyringe) refuses to load without the two metadata functions of an old
 * decorator proposal, although that library registers plain instances only and never reads metadata. These
 * two are what it looks for; imported before it.
 */
const store = new WeakMap<object, Map<unknown, unknown>>();

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const known = store.get(target) ?? new Map();
  store.set(target, known.set(key, value));
}

function getMetadata(key: unknown, target: object): unknown {
  return store.get(target)?.get(key);
}

for (const [name, value] of Object.entries({
  defineMetadata,
  getMetadata,
  getOwnMetadata: getMetadata,
})) {
  if (!(name in Reflect)) Object.defineProperty(Reflect, name, { value, configurable: true });
}
