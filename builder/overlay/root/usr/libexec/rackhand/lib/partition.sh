# shellcheck shell=sh disable=SC2034
# The partition of what a host keeps: the one of that name on the disk that the host was booted from, and no other.
# Sizes are in sectors of 512 bytes, as /sys has them. Works before udev does.

PARTITION_NAME=rackhand-state
# Less than this is not worth a change of the table.
WORTH=4096

# find_partition: DEVICE, DISK, and PARTITION, its folder in /sys. 1 when the host was not booted from such a disk.
find_partition() {
  partition_live=$(awk '$5 == "/run/initramfs/live" { print $3; exit }' "$ROOT/proc/self/mountinfo" 2>/dev/null)
  [ -n "$partition_live" ] || return 1
  partition_disk=$(readlink -f "$ROOT/sys/dev/block/$partition_live/..")
  for partition_number in "$partition_disk"/*/partition; do
    PARTITION=${partition_number%/*}
    [ "$(of_uevent PARTNAME)" = "$PARTITION_NAME" ] || continue
    DEVICE=$ROOT/dev/$(of_uevent DEVNAME)
    DISK=$ROOT/dev/${partition_disk##*/}
    return 0
  done
  return 1
}

of_uevent() {
  { while IFS='=' read -r uevent_key uevent_value; do
    [ "$uevent_key" != "$1" ] || printf '%s' "$uevent_value"
  done <"$PARTITION/uevent"; } 2>/dev/null
}

# grow_partition: to the end of the disk, when it is the last one.
grow_partition() {
  grow_start=$(first_word "$PARTITION/start")
  grow_end=$((grow_start + $(first_word "$PARTITION/size")))
  [ $(($(first_word "${PARTITION%/*}/size") - grow_end)) -gt "$WORTH" ] || return 0
  for grow_other in "${PARTITION%/*}"/*/start; do
    [ "$(first_word "$grow_other")" -le "$grow_start" ] || return 0
  done
  grow_number=$(first_word "$PARTITION/partition")
  { write_table && partx --update --nr "$grow_number" "$DISK"; } >"$RUN/state-log" 2>&1 ||
    say "the partition of what this host keeps stays small: $(last_line "$RUN/state-log")"
}

# Of sfdisk(8) and sgdisk(8) an image may have one alone. A script without an end and without a size means all there is.
write_table() {
  if command -v sfdisk >/dev/null; then
    sfdisk --dump "$DISK" >"$RUN/state-table" &&
      sed "/^last-lba/d; /name=\"$PARTITION_NAME\"/s/ size= *[0-9]*,//" "$RUN/state-table" |
      sfdisk --force --no-reread --no-tell-kernel "$DISK"
  else
    sgdisk --move-second-header --delete="$grow_number" --new="$grow_number:$grow_start:0" \
      --change-name="$grow_number:$PARTITION_NAME" "$DISK"
  fi
}

# check_partition: mends what can be mended; e2fsck(8): 1 and 2 say that it did.
check_partition() {
  e2fsck -p "$DEVICE" >"$RUN/state-log" 2>&1
  [ $? -ge 4 ] || return 0
  e2fsck -f -y "$DEVICE" >"$RUN/state-log" 2>&1
  [ $? -lt 4 ] || {
    state_fault "${DEVICE##*/} is damaged beyond repair: $(last_line "$RUN/state-log")"
    return 1
  }
  say "what this host keeps was damaged; ${DEVICE##*/} is mended"
}

# fill_partition: the file system grows to its partition. One that did not still keeps what there is.
fill_partition() {
  fill_bytes=$(dumpe2fs -h "$DEVICE" 2>/dev/null |
    awk -F: '$1 == "Block count" { n = $2 } $1 == "Block size" { s = $2 } END { printf "%.0f", n * s }')
  fill_room=$(($(first_word "$PARTITION/size") - ${fill_bytes:-0} / 512))
  [ "$fill_room" -gt "$WORTH" ] || return 0
  {
    e2fsck -f -p "$DEVICE"
    [ $? -lt 4 ] && resize2fs "$DEVICE"
  } >"$RUN/state-log" 2>&1 || say "the file system of what this host keeps stays small: $(last_line "$RUN/state-log")"
}

first_word() {
  word_first=
  { read -r word_first _ <"$1"; } 2>/dev/null
  printf '%s' "${word_first:-0}"
}

last_line() { tail -n 1 "$1" | tr -cd ' -~' | cut -c1-200; }
