import { RackhandError } from '../shared/errors.ts';
import { isModule, moduleName } from './modules.ts';
import type { NeedKind } from './needs.ts';
import type { StripPlan, Unmet } from './plan.ts';

/** What is proved of an image before it may be called built. */
export const PROOFS = {
  libraries: 'every shared library that a program or library names is there',
  interpreters: 'every interpreter of a program or script is there',
  units: 'everything that an enabled unit starts is there',
  modules: 'every kernel module that another needs is there',
  firmware: 'every firmware file that a driver names is there, or absent on purpose, or not packaged',
  services: 'PAM modules, name services and the helpers of udev rules are there',
  hypervisor: 'every feature of a hypervisor is there',
} as const;
export type Proof = keyof typeof PROOFS;

export interface Fault {
  proof: Proof;
  /** The file that stays and is broken; "(hypervisor)" for a feature. */
  path: string;
  message: string;
  /** Place of the rule that is at fault: "hypervisor.yaml:41". */
  rule?: string;
  /** The smallest change that mends it. */
  mend: string;
}

/** Firmware that drivers name and the image does not have: no fault, but said. */
export interface AbsentFirmware {
  name: string;
  drivers: string[];
  /** Place of the rule that drops it on purpose; absent: no package of the recipe has it. */
  rule?: string;
}

export interface Verdict {
  faults: Fault[];
  firmwareAbsent: AbsentFirmware[];
  /** Other needs that a rule leaves unmet on purpose. */
  onPurpose: { path: string; name: string; rule: string }[];
}

const PROOF_OF: Record<Exclude<NeedKind, 'soft-module'>, Proof> = {
  library: 'libraries',
  interpreter: 'interpreters',
  program: 'units',
  target: 'units',
  module: 'modules',
  firmware: 'firmware',
  pam: 'services',
  nss: 'services',
  helper: 'services',
  feature: 'hypervisor',
};

/** @param enabled paths of units that something switches on */
export function prove(plan: StripPlan, enabled: ReadonlySet<string>): Verdict {
  const verdict: Verdict = { faults: [], firmwareAbsent: [], onPurpose: [] };
  const firmware = new Map<string, AbsentFirmware>();
  for (const unmet of plan.unmet) {
    const { need, path } = unmet;
    const rule = unmet.rule === undefined ? undefined : plan.rules[unmet.rule]!.at;
    if (need.kind === 'soft-module') continue;
    if (need.kind === 'firmware' && (unmet.onPurpose || rule === undefined)) {
      const known = firmware.get(need.name) ?? { name: need.name, drivers: [], ...(rule && { rule }) };
      known.drivers.push(moduleName(path));
      firmware.set(need.name, known);
    } else if (unmet.onPurpose) {
      verdict.onPurpose.push({ path, name: need.name, rule: rule! });
    } else if (isFault(unmet, enabled)) {
      verdict.faults.push(faultOf(unmet, plan, rule));
    }
  }
  verdict.firmwareAbsent = [...firmware.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return verdict;
}

/** What a package itself never brought is its own affair where nothing switches it on. */
function isFault({ need, path, rule }: Unmet, enabled: ReadonlySet<string>): boolean {
  if (rule !== undefined) return true;
  if (need.kind === 'program') return enabled.has(path);
  return need.kind === 'feature' || need.kind === 'interpreter' || need.kind === 'library';
}

function faultOf({ need, path, rule }: Unmet, plan: StripPlan, at: string | undefined): Fault {
  const proof = PROOF_OF[need.kind as Exclude<NeedKind, 'soft-module'>];
  const subject = need.kind === 'feature' ? `a hypervisor needs ${need.name}` : `/${path} needs ${need.name}`;
  if (rule === undefined || at === undefined) {
    const message = `${subject}, which no package of the recipe has`;
    return { proof, path, message, mend: 'add the package that holds it to the recipe' };
  }
  const { because, verb } = plan.rules[rule]!;
  const keep = keepRule(need.providers, verb);
  return {
    ...{ proof, path, rule: at },
    message: `${subject}, which rule ${at} removes (${verb}: ${because})`,
    mend: `after that rule: { ${keep}, because: … }; or drop /${path} too; or say "even-if: needed" there`,
  };
}

function keepRule(providers: readonly string[], verb: string): string {
  const first = providers[0]!;
  if (isModule(first)) return `keep-module: [${moduleName(first)}]`;
  return verb === 'drop-module' ? `keep-module: [${first}]` : `keep: [${first}]`;
}

/** @throws RackhandError strip-breaks */
export function assertProved({ faults }: Verdict): void {
  if (faults.length === 0) return;
  const shown = faults
    .slice(0, 25)
    .map((fault) => `${fault.proof}: ${fault.message}\n    mend: ${fault.mend}`);
  if (faults.length > shown.length) shown.push(`… and ${faults.length - shown.length} more`);
  throw new RackhandError(
    'strip-breaks',
    `the image would not be whole:\n  ${shown.join('\n  ')}`,
    'change the rules as said above; nothing was removed',
  );
}
