import type { Fleet } from '../contract/fleet.ts';
import type { ModuleRecord, ModuleRecords } from '../strip/module-record.ts';
import { describeDevice, essentialClass } from './device.ts';
import { driverFinder } from './match.ts';

/** A device that an image leaves without a driver, or its driver without firmware. */
export interface Lack {
  modalias: string;
  /** For people: "PCI 8086:1521 (network)". */
  device: string;
  what: 'driver' | 'firmware';
  /** Modules or firmware files that would do. */
  names: string[];
  /** The rule that took them, or that no package has them. */
  why: string;
}

export interface HostFit {
  name: string;
  devices: number;
  /** Devices with a driver in the image. */
  driven: number;
  /** Devices that no module of the root ever answered to; most need none. */
  unknown: number;
  lacks: Lack[];
}

/** Host by host, what an image lacks. Devices that are alike count once for each host. */
export function fitFleet(fleet: Fleet, records: ModuleRecords): HostFit[] {
  const driversOf = driverFinder(records.modules);
  const known = new Map<string, Lack[] | 'unknown'>();
  const lacksOf = (modalias: string) => {
    const lacks = known.get(modalias) ?? judge(modalias, driversOf(modalias));
    known.set(modalias, lacks);
    return lacks;
  };
  return fleet.hosts.map(({ name, modaliases }) => {
    const devices = [...new Set(modaliases)];
    const verdicts = devices.map(lacksOf);
    const lacks = verdicts.flatMap((verdict) => (verdict === 'unknown' ? [] : verdict));
    const unknown = verdicts.filter((verdict) => verdict === 'unknown').length;
    const undriven = lacks.filter(({ what }) => what === 'driver').length;
    return { name, devices: devices.length, driven: devices.length - unknown - undriven, unknown, lacks };
  });
}

/** One kept driver is enough: others that match are alternatives, or generic ones. */
function judge(modalias: string, drivers: readonly ModuleRecord[]): Lack[] | 'unknown' {
  const device = describeDevice(modalias);
  const lack = (what: Lack['what'], names: string[], why: string): Lack[] => [
    { modalias, device, what, names, why },
  ];
  if (drivers.length === 0) {
    if (!essentialClass(modalias)) return 'unknown';
    return lack('driver', [], 'no package of the recipe has a driver for it');
  }
  const kept = drivers.filter((driver) => driver.kept);
  if (kept.length === 0) {
    const rules = [...new Set(drivers.flatMap(({ rule }) => rule ?? []))];
    const names = drivers.map(({ name }) => name);
    return lack('driver', names, `removed by rule ${rules.join(', ')}`);
  }
  return firmwareLacks(kept, lack);
}

/**
 * A driver names the firmware of every device it knows, and which of them this device asks for only the device can
 * tell: so a removed file counts as lacking, one that was never packaged only when all are.
 */
function firmwareLacks(
  drivers: readonly ModuleRecord[],
  lack: (what: 'firmware', names: string[], why: string) => Lack[],
): Lack[] {
  return drivers.flatMap(({ name, firmware }) => {
    const of = (state: string) => firmware.filter(([, is]) => is === state).map(([file]) => file);
    const removed = of('removed');
    if (removed.length > 0)
      return lack('firmware', removed, `${name} asks for it; a rule removes it on purpose`);
    const unpackaged = of('unpackaged');
    if (firmware.length === 0 || unpackaged.length < firmware.length) return [];
    return lack('firmware', unpackaged, `${name} asks for it; no package of the recipe has it`);
  });
}
