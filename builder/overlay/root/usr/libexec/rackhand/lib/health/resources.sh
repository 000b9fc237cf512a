# shellcheck shell=sh
# Storage, network and memory as they are configured.

check_storage() {
  storage_faults=$(
    awk '$1 !~ /^#/ && NF >= 4 && $4 !~ /noauto/ && $2 ~ /^\// { print $2 }' "$ROOT/etc/fstab" 2>/dev/null |
      while read -r storage_mount; do mountpoint -q "$storage_mount" || echo "$storage_mount is not mounted;"; done
    grep -q '\[[U_]*_[U_]*\]' "$ROOT/proc/mdstat" 2>/dev/null && echo 'a RAID is degraded;'
    virsh -q -r -c qemu:///system pool-list --autostart --inactive --name 2>/dev/null |
      awk 'NF { print "pool " $1 " is not active;" }'
    [ ! -e "$ROOT/dev/mapper/control" ] || multipath -ll 2>/dev/null |
      awk '/(failed|faulty)/ { n++ } END { if (n) print n " paths of multipath have failed;" }'
    [ ! -r "$ROOT/run/rackhand/state-fault" ] ||
      echo "nothing is kept over restarts: $(first_line "$ROOT/run/rackhand/state-fault");"
  )
  if [ -n "$storage_faults" ]; then
    fail storage "$storage_faults" 'lsblk, multipath -ll, /proc/mdstat and virsh pool-list --all say more'
    return
  fi
  # Used and free, in MiB: of a live host the room in memory that the initramfs has set aside for changes.
  read -r storage_used storage_free <<EOF
$(df -P -m / | awk 'NR == 2 { print $3, $4 }')
EOF
  if [ $((storage_used * 5)) -ge $(((storage_used + storage_free) * 4)) ]; then
    warn storage "$storage_used of $((storage_used + storage_free)) MiB for what changes on / are used" \
      'du -xh -d 2 /run/overlayfs/ | sort -h says by what; restart the host, or set rd.live.overlay.size'
  else
    well storage "all that is configured is there; $storage_free MiB left for what changes on /"
  fi
}

check_network() {
  network_address=$(ip -json address show up scope global 2>/dev/null |
    jq -r '[.[] | select(.ifname | test("^(lo|virbr|vnet)") | not) | .addr_info[]?.local // empty][0] // empty')
  network_waiting=$(nmcli -t -f DEVICE,STATE device 2>/dev/null |
    awk -F: '$2 ~ /^connecting|^connected \(local|failed/ { print $1 }' | tr '\n' ' ')
  if [ -z "$network_address" ]; then
    fail network 'no address' 'nmcli device says which ports have a link'
  elif ! nft list chain inet rackhand input >/dev/null 2>&1; then
    fail network 'the firewall is not there' 'systemctl status rackhand-firewall'
  elif [ -n "$network_waiting" ]; then
    warn network "$network_address; still waiting: $network_waiting" "nmcli device show says for what"
  else
    well network "$network_address, firewall up"
  fi
}

check_memory() {
  memory_total=$(meminfo MemTotal)
  memory_available=$(meminfo MemAvailable)
  memory_pages=$(sed -n 's/.*[^a-z_]hugepages=\([0-9]*\).*/\1/p' "$ROOT/proc/cmdline")
  memory_wanted=$(of_image .ramRequired)
  if [ -n "$memory_pages" ] && [ "$(meminfo HugePages_Total)" -lt "$memory_pages" ]; then
    fail memory "$(meminfo HugePages_Total) of $memory_pages huge pages" 'more memory, or fewer pages in the recipe'
  elif [ $((memory_available / 1024)) -lt 128 ]; then
    warn memory "$((memory_available / 1024)) MiB of $((memory_total / 1024)) MiB are free" 'move guests away'
  elif [ $((memory_total * 10 / 1024)) -lt $((${memory_wanted:-0} * 9)) ]; then
    warn memory "$((memory_total / 1024)) MiB; the image wants $memory_wanted MiB" 'more memory'
  else
    well memory "$((memory_available / 1024)) MiB of $((memory_total / 1024)) MiB are free"
  fi
}

# meminfo NAME: KiB, or pages.
meminfo() { awk -v name="$1:" '$1 == name { print $2; found = 1 } END { if (!found) print 0 }' "$ROOT/proc/meminfo"; }
