# shellcheck shell=sh
# A guest of one boot sector under libvirt: KVM, QEMU, libvirt, its files and sVirt in one go.

GUEST_FOLDERS=${RACKHAND_GUEST_FOLDERS:-/var/lib/libvirt/images}
# virtlogd writes what guests say, and SELinux lets it do so here alone.
GUEST_LOGS=${RACKHAND_GUEST_LOGS:-/var/log/libvirt/qemu}
GUEST_SECONDS=${RACKHAND_GUEST_SECONDS:-60}

check_guest() {
  guest_nonce=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
  guest_name=rackhand-health-$guest_nonce
  if ! guest_folder=$(mktemp -d "$GUEST_FOLDERS/.health.XXXXXX"); then
    fail guest "cannot write below $GUEST_FOLDERS" 'is it full?'
    return
  fi
  trap guest_clean EXIT
  trap 'exit 2' INT TERM HUP
  chmod 711 "$guest_folder" # QEMU's own user passes through
  guest_sector "$guest_nonce" >"$guest_folder/sector.img"
  guest_serial=$GUEST_LOGS/$guest_name.serial
  guest_domain >"$guest_folder/domain.xml"
  guest_run
  guest_clean
  trap - EXIT INT TERM HUP
}

guest_run() {
  guest_tries=0
  if ! guest_fault=$(on_libvirt create "$guest_folder/domain.xml" 2>&1); then
    fail guest "libvirt does not start it: $guest_fault" 'journalctl -u libvirtd -u virtqemud'
    return
  fi
  while ! grep -q "rackhand-health:$guest_nonce" "$guest_serial" 2>/dev/null; do
    guest_tries=$((guest_tries + 1))
    if [ "$guest_tries" -gt $((GUEST_SECONDS * 5)) ]; then
      fail guest "it started, but said nothing in $GUEST_SECONDS s" "the log is in /var/log/libvirt/qemu"
      return
    fi
    sleep 0.2
  done
  guest_seconds=$((guest_tries / 5 + 1))
  guest_label=$(on_libvirt dominfo "$guest_name" 2>/dev/null | sed -n 's/^Security label: *//p')
  case $guest_label:$(first_line "$ROOT/sys/fs/selinux/enforce") in
    *:svirt_t:*:[01] | :) well guest "ran within $guest_seconds s${guest_label:+, confined as $guest_label}" ;;
    *:[01]) fail guest "ran, but is not confined (label: ${guest_label:-none})" 'security_driver in qemu.conf' ;;
    *) well guest "ran within $guest_seconds s" ;;
  esac
}

guest_clean() {
  on_libvirt destroy "$guest_name" >/dev/null 2>&1
  rm -rf "$guest_folder" "$guest_serial"
}

on_libvirt() { timeout 60 virsh -q -c qemu:///system "$@"; }

guest_domain() {
  cat <<END
<domain type='kvm'>
  <name>$guest_name</name>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <cpu mode='host-passthrough'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='$guest_folder/sector.img'/>
      <target dev='vda' bus='virtio'/>
      <readonly/>
    </disk>
    <serial type='file'><source path='$guest_serial'/></serial>
    <controller type='usb' model='none'/>
    <video><model type='none'/></video>
    <memballoon model='none'/>
  </devices>
</domain>
END
}

# guest_sector NONCE: a disk of 1 MiB, since SeaBIOS starts none of a single sector. Its first sector sets the first
# serial port to 115200 8N1, writes the text behind itself (0x7c3f) and halts: cli; xor ax,ax; mov ds,ax; mov ss,ax;
# mov sp,0x7c00; cld; out to 0x3fb, 0x3f8, 0x3f9, 0x3fb; mov si,0x7c3f; next: lodsb; until it is 0: wait for 0x3fd
# bit 5, out to 0x3f8; hlt.
guest_sector() {
  printf '\372\061\300\216\330\216\320\274\000\174\374'
  printf '\272\373\003\260\200\356\272\370\003\260\001\356\272\371\003\260\000\356\272\373\003\260\003\356'
  printf '\276\077\174\254\204\300\164\021\210\304\272\375\003\354\250\040\164\373\210\340\262\370\356\353\352'
  printf '\364\353\375'
  printf '\r\nrackhand-health:%s\r\n' "$1"
  head -c "$((510 - 63 - 20 - ${#1}))" /dev/zero
  printf '\125\252'
  head -c 1048064 /dev/zero
}
