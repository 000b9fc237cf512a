# shellcheck shell=sh
# The kernel's part of virtualisation.

check_kvm() {
  if ! [ -c "$ROOT/dev/kvm" ]; then
    fail kvm 'there is no /dev/kvm' 'switch virtualisation (VT-x or SVM) on in the firmware'
    return
  fi
  if ! opens "$ROOT/dev/kvm"; then
    fail kvm '/dev/kvm cannot be opened' 'look at journalctl -k for kvm'
    return
  fi
  for kvm_vendor in intel amd; do
    [ -d "$ROOT/sys/module/kvm_$kvm_vendor" ] || continue
    case $(first_line "$ROOT/sys/module/kvm_$kvm_vendor/parameters/nested") in
      1 | Y) kvm_nested=on ;;
      *) kvm_nested=off ;;
    esac
    well kvm "/dev/kvm opens (kvm_$kvm_vendor, nesting $kvm_nested)"
    return
  done
  well kvm '/dev/kvm opens'
}

check_vhost() {
  for vhost_device in vhost-net vhost-vsock; do
    opens "$ROOT/dev/$vhost_device" && continue
    fail vhost "/dev/$vhost_device cannot be opened" 'the image lacks the module, or it does not load: journalctl -k'
    return
  done
  well vhost '/dev/vhost-net and /dev/vhost-vsock open'
}

check_bridge() {
  for bridge_module in bridge tun macvtap 8021q bonding; do
    modprobe -q "$bridge_module" >/dev/null 2>&1 && continue
    fail bridge "the module $bridge_module does not load" 'the image lacks it, or it does not load: journalctl -k'
    return
  done
  well bridge 'bridge, tun, macvtap, 8021q and bonding load'
}

# opens DEVICE: for reading and writing, as QEMU does.
opens() { (: <>"$1") 2>/dev/null; }
