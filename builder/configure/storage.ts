/** Clients of storage. Pure. */

/**
 * LVM: nothing is activated because it is there; `vgchange -ay VG`, which libvirt's pools run, still is. A volume
 * group of a guest on a LUN that the host sees must never be opened by the host (lvmautoactivation(7),
 * lvmlocal.conf goes before lvm.conf: lvm.conf(5)). A devices file would do more, and hide LUNs from pools that the
 * manager makes later.
 */
export function lvmSettings(): string[] {
  return [
    "# Rackhand: volumes of guests are the guests'.",
    'activation {',
    '\tauto_activation_volume_list = []',
    '}',
    'devices {',
    '\t# What a guest writes into its disk is not looked into (the default, and it must stay so).',
    '\tscan_lvs = 0',
    '}',
  ];
}

/** multipath.conf(5): a LUN with one path is left alone; one that lost all paths holds guests for a while. */
export function multipathSettings(): string[] {
  return [
    'defaults {',
    '\tfind_multipaths yes',
    '\tuser_friendly_names no',
    '\t# Guests are held for this many checks when no path is left, then their writes fail.',
    '\tno_path_retry 16',
    '\tpolling_interval 5',
    '\tfast_io_fail_tmo 5',
    '\tdev_loss_tmo 60',
    '\tflush_on_last_del yes',
    '}',
  ];
}
