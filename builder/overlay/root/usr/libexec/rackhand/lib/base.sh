# shellcheck shell=sh disable=SC2034
# Paths, messages, waiting. RACKHAND_ROOT is empty on a host; tests point it at a tree of fixtures, and then
# commands that change the system are written to a list instead of being run.

# Bytes are characters and messages are English, whatever the image's locale is.
LC_ALL=C
export LC_ALL

ROOT=${RACKHAND_ROOT:-}
RUN=$ROOT/run/rackhand
BACKOFF_FIRST_MS=${RACKHAND_BACKOFF_FIRST_MS:-1000}
BACKOFF_CAP_MS=${RACKHAND_BACKOFF_CAP_MS:-60000}
AGENT_VERSION=0.1.0

# Exit code after which the unit is not started again (RestartPreventExitStatus=).
REFUSED=77

# Messages go to the kernel log: it reaches every console, and no getty can hang it up. /dev/kmsg takes one
# record for each write and drops floods, so the same words are not said twice in a row.
LAST_SAID=
say() {
  [ "$1" = "$LAST_SAID" ] && return 0
  LAST_SAID=$1
  if [ -w "$ROOT/dev/kmsg" ]; then
    printf '<4>rackhand: %s\n' "$1" >>"$ROOT/dev/kmsg" 2>/dev/null || printf 'rackhand: %s\n' "$1" >&2
  else
    printf 'rackhand: %s\n' "$1" >&2
  fi
}

# stop CODE MESSAGE MEND: trouble of this host that trying again does not change. The screen shows the code.
stop() {
  say_stopped "$@"
  printf '%s\n' "$1" | put "$RUN/trouble" 600
  exit "$REFUSED"
}

say_stopped() {
  say "stopped [$1]: $2"
  [ -z "${3:-}" ] || say "mend: $3"
}

# system COMMAND…: a command that changes the machine.
system() {
  if [ -n "$ROOT" ]; then
    printf '%s\n' "$*" >>"$RUN/commands"
  else
    "$@"
  fi
}

# random BELOW: prints a number from 0 to BELOW - 1.
random() {
  random_bytes=$(od -An -N4 -tu4 /dev/urandom)
  printf '%d\n' "$((random_bytes % $1))"
}

sleep_ms() {
  sleep "$(($1 / 1000)).$(printf '%03d' "$(($1 % 1000))")"
}

backoff_reset() { BACKOFF_MS=$BACKOFF_FIRST_MS; }

# Waits the current back-off, plus or minus a quarter so that a rack does not knock in step, or as long as the
# server asked (seconds in $1) when that is longer; then doubles it up to the cap.
backoff_wait() {
  backoff_now=$((BACKOFF_MS * 3 / 4 + $(random "$((BACKOFF_MS / 2 + 1))")))
  backoff_asked=$((${1:-0} * 1000))
  [ "$backoff_asked" -gt "$backoff_now" ] && backoff_now=$backoff_asked
  sleep_ms "$backoff_now"
  BACKOFF_MS=$((BACKOFF_MS * 2))
  [ "$BACKOFF_MS" -gt "$BACKOFF_CAP_MS" ] && BACKOFF_MS=$BACKOFF_CAP_MS
  return 0
}

# put FILE MODE: replaces a file by standard input so that readers see the old content or the new.
put() {
  mkdir -p "${1%/*}" || return 1
  put_new=$(mktemp "${1%/*}/.rackhand.XXXXXX") || return 1
  if cat >"$put_new" && chmod "$2" "$put_new" && sync "$put_new" && mv -f "$put_new" "$1"; then
    return 0
  fi
  rm -f "$put_new"
  return 1
}

# is_hex TEXT LENGTH: lower-case hex digits only.
is_hex() {
  case $1 in '' | *[!0-9a-f]*) return 1 ;; esac
  [ "${#1}" -eq "$2" ]
}
