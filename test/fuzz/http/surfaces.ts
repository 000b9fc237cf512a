import { agentSurface } from './agent.ts';
import { apiSurface } from './api.ts';
import { bootSurface } from './boot.ts';
import type { Surface } from './run.ts';

/** Everything of the service that answers HTTP. */
export const surfaces: Record<string, () => Promise<Surface>> = {
  api: apiSurface,
  agent: agentSurface,
  boot: bootSurface,
};
