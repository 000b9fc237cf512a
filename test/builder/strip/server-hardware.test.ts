import { beforeAll, describe, expect, it } from 'vitest';
import { loadRuleSet } from '../../../builder/recipe/load.ts';
import { compileRules, decide, type Matcher } from '../../../builder/strip/rules.ts';
import { modulePath } from './root-fixture.ts';

let matchers: Matcher[];
beforeAll(async () => {
  matchers = compileRules(await loadRuleSet('server-hardware'));
});

const verbOf = (module: string) =>
  decide(matchers, { path: modulePath(`kernel/${module}`), owners: ['kernel-core'], isModule: true })?.rule
    .verb;

describe('drivers that servers and their consoles have', () => {
  it.each([
    ...['arch/x86/kvm/kvm-intel', 'drivers/vhost/vhost_net', 'drivers/vfio/pci/vfio-pci', 'fs/xfs/xfs'],
    ...['drivers/nvme/host/nvme', 'drivers/scsi/megaraid/megaraid_sas', 'drivers/scsi/lpfc/lpfc'],
    ...['drivers/net/ethernet/intel/ice/ice', 'drivers/net/ethernet/broadcom/bnxt/bnxt_en'],
    ...['drivers/net/bonding/bonding', 'drivers/net/phy/realtek', 'drivers/usb/storage/usb-storage'],
    ...['drivers/char/ipmi/ipmi_si', 'drivers/char/tpm/tpm_tis', 'drivers/watchdog/iTCO_wdt'],
    // Management controllers show themselves as these.
    ...['drivers/net/usb/cdc_ether', 'drivers/net/usb/rndis_host', 'drivers/gpu/drm/ast/ast'],
    ...[
      'drivers/hid/usbhid/usbhid',
      'drivers/hid/hid-generic',
      'drivers/hid/hid-cherry',
      'drivers/input/evdev',
    ],
  ])('%s stays', (module) => {
    expect(verbOf(module)).toBe('keep-module');
  });
});

describe('what no hypervisor needs', () => {
  it.each([
    ...['sound/soundcore', 'sound/core/snd', 'drivers/hid/hid-prodikeys', 'drivers/hid/hid-cmedia'],
    ...['drivers/net/wireless/intel/iwlwifi/iwlwifi', 'drivers/net/usb/qmi_wwan', 'drivers/bluetooth/btusb'],
    ...['drivers/gpu/drm/amd/amdgpu/amdgpu', 'drivers/gpu/drm/nouveau/nouveau', 'drivers/gpu/drm/i915/i915'],
    ...['drivers/media/usb/uvc/uvcvideo', 'drivers/media/common/videobuf2/videobuf2-common'],
    ...['drivers/input/joydev', 'drivers/input/joystick/xpad', 'drivers/input/tablet/aiptek'],
    ...[
      'drivers/hid/hid-sjoy',
      'drivers/hid/hid-thrustmaster',
      'drivers/hid/hid-steelseries',
      'drivers/hid/wacom',
    ],
  ])('%s goes', (module) => {
    expect(verbOf(module)).toBe('drop-module');
  });
});
