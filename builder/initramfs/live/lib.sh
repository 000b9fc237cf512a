# shellcheck shell=bash disable=SC2034
# What this boot was told, and how the initramfs speaks: to the consoles by the kernel log, to the service by a report.
# RACKHAND_ROOT is empty in an initramfs; tests point it at a tree of fixtures, and then commands that change the
# machine are written to a list instead of being run.

LC_ALL=C
export LC_ALL

ROOT=${RACKHAND_ROOT:-}
RUN=$ROOT/run/rackhand
BACKOFF_FIRST_MS=${RACKHAND_BACKOFF_FIRST_MS:-1000}
BACKOFF_CAP_MS=${RACKHAND_BACKOFF_CAP_MS:-60000}

# Sets what the kernel command line says: builder/contract/kernel-arguments.ts. Numbers that are none are as if they
# were not there; a digest that is none stays, so that it never fits.
read_boot() {
  local word words
  URL='' CA='' TOKEN='' SHA256='' SIZE='' RAM='' WAIT=10 IMAGE_FROM=medium MEDIUM='' OVERLAY_SIZE='' OVERLAY_KEPT=''
  read -r -a words <"$ROOT/proc/cmdline"
  for word in "${words[@]}"; do
    case $word in
      root=live:http://* | root=live:https://*) IMAGE_FROM=network ;;
      rackhand.url=https://*) URL=${word#*=} ;;
      rackhand.token=*) TOKEN=${word#*=} ;;
      rackhand.sha256=*) SHA256=${word#*=} ;;
      rackhand.size=*) SIZE=$(number "${word#*=}") ;;
      rackhand.ram=*) RAM=$(number "${word#*=}") ;;
      rackhand.medium=*) MEDIUM=${word#*=} ;;
      rackhand.wait=*) WAIT=$(number "${word#*=}") ;;
      rd.live.overlay.size=*) OVERLAY_SIZE=$(number "${word#*=}") ;;
      rd.live.overlay=*) OVERLAY_KEPT=${word#*=} ;;
    esac
  done
  WAIT=${WAIT:-10}
}

# find_medium: 0 when what the medium tells its machine (builder/media/area.ts) is in $RUN/medium. That of a network
# ISO is mounted for a moment; dmsquash-live mounts any other.
find_medium() {
  local area=$ROOT/run/initramfs/live/rackhand.cfg device
  [ ! -e "$RUN/medium" ] || return 0
  case $MEDIUM in '' | *[!0-9A-Z-]*) ;; *)
    device=$ROOT/dev/disk/by-label/$MEDIUM
    area=$ROOT/run/initramfs/medium/rackhand.cfg
    [ -e "$device" ] || return 1
    mkdir -p "${area%/*}"
    system mount -o ro "$device" "${area%/*}"
    ;;
  esac
  # The lines that GRUB takes for comments; most of the file is filling.
  if [ -r "$area" ]; then (umask 077 && sed -n '/^#[:|]/p' "$area" >"$RUN/medium"); fi
  [ -z "$MEDIUM" ] || system umount "${area%/*}"
  [ -e "$RUN/medium" ]
}

# read_medium: where the server is and the token, unless the kernel command line said so.
read_medium() {
  local line
  [ -z "$URL$TOKEN" ] && find_medium || return 0
  while IFS= read -r line; do
    case $line in
      '#:url='*) URL=${line#*=} ;;
      '#:ca='*) CA=${line#*=} ;;
      '#:token='*) TOKEN=${line#*=} ;;
    esac
  done <"$RUN/medium"
}

# number TEXT: the text, when it is a whole number that can be counted with.
number() {
  case $1 in '' | 0* | *[!0-9]* | ?????????????*) ;; *) printf '%s' "$1" ;; esac
}

# Messages go to the kernel log: it reaches every console. The same words are not said twice in a row.
LAST_SAID=
say() {
  [ "$1" != "$LAST_SAID" ] || return 0
  LAST_SAID=$1
  printf '<4>rackhand: %s\n' "$1" >>"$ROOT/dev/kmsg" 2>/dev/null || printf 'rackhand: %s\n' "$1" >&2
}

# A quiet boot shows errors only; the image shows warnings (kernel.printk of builder/configure/limits.ts).
speak_up() {
  local level
  read -r level _ <"$ROOT/proc/sys/kernel/printk" && [ "$level" -lt 5 ] || return 0
  printf '5\n' >"$ROOT/proc/sys/kernel/printk"
}

# system COMMAND…: a command that changes the machine.
system() {
  if [ -n "$ROOT" ]; then
    printf '%s\n' "$*" >>"$RUN/commands"
  else
    "$@"
  fi
}

# report CODE FINAL MESSAGE: tells the service, if this boot has one that waits for it. The bearer is the digest of
# the token: whoever reads it on the way can report, and not register. Nothing secret is sent, so that the server
# need not be proved.
report() {
  local key message
  read_medium
  [ -n "$URL" ] && [ -n "$TOKEN" ] || return 0
  key=$(printf '%s' "$TOKEN" | sha256sum)
  message=$(printf '%s' "$3" | tr -cd ' !#-[]-~')
  printf '{"code":"%s","final":%s,"message":"%s"}' "$1" "$2" "${message:0:400}" >"$RUN/report.json"
  printf 'header = "Authorization: Bearer %s"\n' "${key%% *}" |
    curl -q --silent --fail --insecure --proto '=https' --noproxy '*' --connect-timeout 3 --max-time 10 \
      --max-filesize 65536 --output /dev/null --config - --header 'Content-Type: application/json' \
      --data-binary "@$RUN/report.json" "$URL/agent/v1/report" 2>/dev/null
}

# stop CODE MESSAGE MEND: says why this boot ends here, to whoever stands before the machine and to the service, and
# restarts the machine when Enter is pressed or nobody comes.
stop() {
  printf '%s\n' "$1" >"$RUN/stopped"
  announce_stop "$@"
  wait_for_enter "$@"
  say 'restarting'
  system reboot -f -f
  printf 'b\n' >"$ROOT/proc/sysrq-trigger" # where reboot did not
  exit 1
}

announce_stop() {
  LAST_SAID=
  say "stopped [$1]: $2"
  say "mend: $3"
  say "Enter restarts this machine; it restarts by itself after $WAIT min"
}

# The network may be a while in coming: the report is tried again.
wait_for_enter() {
  local second=0 untold=1 seconds=${RACKHAND_WAIT_SECONDS:-$((WAIT * 60))}
  watch_consoles
  while [ "$second" -lt "$seconds" ] && [ ! -e "$RUN/enter" ]; do
    if [ -n "$untold" ] && [ $((second % 5)) -eq 0 ]; then
      report "$1" true "$2; $3" && untold=
    fi
    sleep 1
    second=$((second + 1))
    # Whoever comes later, or connects to a serial console, sees it too.
    [ $((second % 60)) -ne 0 ] || announce_stop "$@"
  done
}

watch_consoles() {
  local tty
  for tty in $(<"$ROOT/sys/class/tty/console/active"); do
    # tty0 is whichever screen is in front; a key goes to the first one.
    [ "$tty" != tty0 ] || tty=tty1
    { read -r _ && : >"$RUN/enter"; } <"$ROOT/dev/$tty" 2>/dev/null &
  done
}

backoff_reset() { BACKOFF_MS=$BACKOFF_FIRST_MS; }

# Waits the current back-off, plus or minus a quarter so that a rack does not knock in step, then doubles it.
backoff_wait() {
  local now=$((BACKOFF_MS * 3 / 4 + RANDOM % (BACKOFF_MS / 2 + 1)))
  sleep "$((now / 1000)).$(printf '%03d' "$((now % 1000))")"
  BACKOFF_MS=$((BACKOFF_MS * 2 > BACKOFF_CAP_MS ? BACKOFF_CAP_MS : BACKOFF_MS * 2))
}
