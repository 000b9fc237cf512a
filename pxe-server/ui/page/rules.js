// What the service would do with a host in its state: decides only, and knows no document.

/** States in which the manager proves a host again (hosts/states.ts). */
const PROVABLE = ['registering', 'up', 'failed'];

/**
 * @param {{ state: string, managementAddress: string | null }} host
 * @returns {boolean}
 */
export function isProvable({ state, managementAddress }) {
  return managementAddress !== null && PROVABLE.includes(state);
}
