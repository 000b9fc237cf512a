# shellcheck shell=sh
# What this machine is: prints the inventory of builder/contract/inventory.ts.

inventory() {
  inventory_secure=false
  secure_boot && inventory_secure=true
  inventory_kvm=false
  [ -e "$ROOT/dev/kvm" ] && inventory_kvm=true
  inventory_firmware=bios
  [ -d "$ROOT/sys/firmware/efi" ] && inventory_firmware=uefi

  disks >"$RUN/disks" || return 1
  nics >"$RUN/nics" || return 1
  addresses >"$RUN/addresses.json" || return 1
  modaliases >"$RUN/modaliases.json" || return 1
  inventory_image=$ROOT/etc/rackhand/image.json
  [ -r "$inventory_image" ] || inventory_image=/dev/null

  # One jq for all of it: to start one takes longer than all that it does.
  jq -cn \
    --arg uuid "$(text "$ROOT/sys/class/dmi/id/product_uuid")" \
    --arg serial "$(text "$ROOT/sys/class/dmi/id/product_serial")" \
    --arg vendor "$(text "$ROOT/sys/class/dmi/id/sys_vendor")" \
    --arg product "$(text "$ROOT/sys/class/dmi/id/product_name")" \
    --arg firmware "$inventory_firmware" \
    --argjson secureBoot "$inventory_secure" \
    --argjson kvm "$inventory_kvm" \
    --argjson memory "$(memory MemTotal)" \
    --arg kernel "$(text "$ROOT/proc/sys/kernel/osrelease")" \
    --arg agent "$AGENT_VERSION" \
    --rawfile cpuinfo "$ROOT/proc/cpuinfo" \
    --rawfile disks "$RUN/disks" \
    --rawfile nics "$RUN/nics" \
    --rawfile image "$inventory_image" \
    --slurpfile modaliases "$RUN/modaliases.json" \
    --slurpfile addresses "$RUN/addresses.json" '
    def rows: split("\n") | map(select(. != "") | split("\t"));
    def cpu: split("\n")
      | def values($name): .[] | select(startswith($name)) | sub("^[^:]*: ?"; "");
        {model: (first(values("model name")) // "" | gsub("[^ -~]"; "") | .[0:128]),
         count: ([[values("processor")] | length, 1] | max),
         flags: (first(values("flags")) // "" | split(" ") | map(select(length > 0 and length <= 32)) | .[0:1024])};
    {uuid: $uuid, serial: $serial, vendor: $vendor, product: $product, firmware: $firmware,
      secureBoot: $secureBoot, cpu: ($cpuinfo | cpu), memory: $memory, kvm: $kvm,
      disks: ($disks | rows | map({name: .[0], size: (.[1] | tonumber), rotational: (.[2] == "1"), model: .[3],
        serial: .[4], wwn: .[5], transport: .[6], path: .[7]})),
      nics: ($nics | rows | map({name: .[0], mac: .[1], driver: .[2], pci: .[3], link: (.[4] == "1")})),
      addresses: $addresses[0], modaliases: $modaliases[0], kernel: $kernel,
      image: (try ($image | fromjson | .id // .image // "" | tostring | .[0:64]) catch ""), agent: $agent}'
}

# text FILE: its first line as printable ASCII, or nothing. Firmware writes anything into SMBIOS.
text() {
  text_line=
  { IFS= read -r text_line <"$1"; } 2>/dev/null
  # Nearly always there is nothing to take away, and two processes a file are slow on a slow machine.
  case ${#text_line}:$text_line in
    *[!\ -~]* | ????*:* | [2-9]??:* | 1[3-9]?:* | 129:*)
      printf '%s' "$text_line" | tr -cd ' -~' | cut -c1-128
      ;;
    *) printf '%s' "$text_line" ;;
  esac
}

secure_boot() {
  secure_file=$ROOT/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
  [ -r "$secure_file" ] || return 1
  # Four bytes of attributes come before the value.
  secure_value=$(od -An -j4 -N1 -tu1 "$secure_file")
  [ "$((secure_value))" -eq 1 ]
}

# memory NAME: a value of /proc/meminfo in MiB.
memory() {
  memory_mib=0
  while read -r memory_name memory_kib _; do
    [ "$memory_name" = "$1:" ] && memory_mib=$((memory_kib / 1024))
  done <"$ROOT/proc/meminfo"
  printf '%d\n' "$memory_mib"
}

# A line for each, fields parted by tabs: name, bytes, rotational, model, serial, WWN, transport, path of the bus.
disks() {
  for disk in "$ROOT"/sys/block/*; do
    disk_name=${disk##*/}
    case $disk_name in '*' | loop* | ram* | zram* | sr* | fd* | dm-* | md* | nbd*) continue ;; esac
    # Further paths to one namespace (NVMe multipath) are hidden.
    [ "$(text "$disk/hidden")" != 1 ] || continue
    # /sys counts in units of 512 bytes whatever the sector size.
    disk_size=$(text "$disk/size")
    disk_size=$((${disk_size:-0} * 512))
    [ "$disk_size" -gt 0 ] || continue
    disk_serial=$(text "$disk/device/serial")
    [ -n "$disk_serial" ] || disk_serial=$(text "$disk/serial")
    # SCSI unit serial number page: four bytes of header.
    [ -n "$disk_serial" ] || [ ! -r "$disk/device/vpd_pg80" ] ||
      disk_serial=$(tail -c +5 "$disk/device/vpd_pg80" 2>/dev/null | tr -cd '!-~' | cut -c1-128)
    disk_known "$disk"
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$disk_name" "$disk_size" "$(text "$disk/queue/rotational")" \
      "$(trimmed "$(text "$disk/device/model")")" "$(trimmed "$disk_serial")" \
      "$disk_wwn" "$(disk_transport "$disk")" "$disk_path"
  done
}

# disk_known DISK: sets disk_wwn and disk_path, as udev knows them and names its links by; the kernel's own WWN where
# udev has none. What is no plain word is left out.
disk_known() {
  disk_wwn='' disk_path='' disk_extended=''
  disk_record=$ROOT/run/udev/data/b$(text "$1/dev")
  if [ -f "$disk_record" ]; then
    while IFS= read -r disk_line; do
      case $disk_line in
        E:ID_WWN_WITH_EXTENSION=*) disk_extended=${disk_line#*=} ;;
        E:ID_WWN=*) disk_wwn=${disk_line#*=} ;;
        E:ID_PATH=*) disk_path=${disk_line#*=} ;;
      esac
    done <"$disk_record"
  fi
  [ -z "$disk_extended" ] || disk_wwn=$disk_extended
  [ -n "$disk_wwn" ] || disk_wwn=$(text "$1/wwid")
  [ -n "$disk_wwn" ] || disk_wwn=$(text "$1/device/wwid")
  case $disk_wwn in
    naa.*) disk_wwn=0x${disk_wwn#naa.} ;;
    0x* | eui.* | nvme.* | uuid.*) ;;
    *) disk_wwn='' ;;
  esac
  case $disk_wwn in *[!0-9A-Za-z._-]*) disk_wwn='' ;; esac
  case $disk_path in *[!0-9A-Za-z._:+-]*) disk_path='' ;; esac
  [ "${#disk_wwn}" -le 128 ] || disk_wwn=''
  [ "${#disk_path}" -le 128 ] || disk_path=''
}

# disk_transport DISK: by the kernel's tree of devices, in the words of lsblk; nothing where the tree does not say.
disk_transport() {
  disk_device=$(readlink -f "$1")
  case $disk_device in
    */usb[0-9]*/*) printf usb ;;
    # Behind a subsystem, where the kernel may reach it by several controllers.
    */nvme[0-9]*/* | */nvme-subsystem/*) printf nvme ;;
    */ata[0-9]*/*)
      disk_host=${disk_device%%/target*}
      # lsblk tells the old controllers apart by their drivers.
      case $(text "$disk_host/scsi_host/${disk_host##*/}/proc_name") in
        ata_* | pata_*) printf ata ;;
        *) printf sata ;;
      esac
      ;;
    */session[0-9]*/*) printf iscsi ;;
    */rport-*) printf fc ;;
    */end_device-*) printf sas ;;
    */target[0-9]*) ;;
    */virtio[0-9]*/block/*) printf virtio ;;
  esac
}

trimmed() {
  set -f
  # shellcheck disable=SC2086 # splitting drops the blanks around
  set -- $1
  set +f
  printf '%s' "$*"
}

# A line for each network port that is hardware: name, address, driver, PCI id, link. Bridges, bonds and guests'
# ports have no device behind them; virtual functions are for guests, and have other addresses at each boot.
nics() {
  for nic in "$ROOT"/sys/class/net/*; do
    [ -e "$nic/device" ] || continue
    [ ! -e "$nic/device/physfn" ] || continue
    nic_mac=$(text "$nic/address")
    [ "${#nic_mac}" -eq 17 ] || continue
    # Reading carrier of a port that is down fails with EINVAL.
    nic_link=$(text "$nic/carrier")
    printf '%s\t%s\t%s\t%s\t%s\n' "${nic##*/}" "$nic_mac" "$(link_name "$nic/device/driver")" \
      "$(pci_id "$nic/device")" "${nic_link:-0}"
  done
}

# What the kernel calls each device, once. Processors and the auxiliary bus tell it in uevent alone.
modaliases() {
  {
    cat "$ROOT"/sys/bus/*/devices/*/modalias "$ROOT/sys/class/dmi/id/modalias"
    sed -n 's/^MODALIAS=//p' "$ROOT"/sys/bus/*/devices/*/uevent
  } 2>/dev/null | LC_ALL=C tr -cd ' -~\n' |
    jq -cRn '[inputs | select(length >= 3 and length <= 4096)] | unique | .[0:8192]'
}

link_name() {
  link_target=$(readlink "$1" 2>/dev/null) || return 0
  printf '%s' "${link_target##*/}"
}

# A virtio port's PCI function is its parent.
pci_id() {
  pci_device=$(readlink -f "$1")
  for pci_candidate in "$pci_device" "${pci_device%/*}"; do
    [ "$(link_name "$pci_candidate/subsystem")" = pci ] || continue
    pci_vendor=$(text "$pci_candidate/vendor")
    pci_product=$(text "$pci_candidate/device")
    printf '%s:%s' "${pci_vendor#0x}" "${pci_product#0x}"
    return 0
  done
}
