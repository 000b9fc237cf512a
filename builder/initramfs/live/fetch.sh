#!/bin/bash
# fetch.sh INTERFACE livenet:URL: fetches the image and hands it on when it is the one that was meant. netroot calls it
# for each interface that comes up, one after the other.
set -u

LIB=${RACKHAND_LIB:-/usr/lib/rackhand}
# shellcheck source=lib.sh
. "$LIB/lib.sh"

KEPT=$ROOT/run/initramfs/image
IMAGE=$KEPT/rootfs.squashfs
# In a row without a byte more; whole files that were wrong; all in all.
MOST_FAILURES=8
MOST_WRONG=3
MOST_TRIES=100
# Seconds: for its turn, while the server says that it comes; from one question to the next; from one word of it to
# the next.
MOST_WAITING=${RACKHAND_TURN_SECONDS:-$((12 * 3600))}
LONGEST_PAUSE=${RACKHAND_LONGEST_PAUSE:-600}
TURN_TOLD_SECONDS=10
PROGRESS_SECONDS=${RACKHAND_PROGRESS_SECONDS:-3}
MIB=1048576

main() {
  mkdir -p "$RUN"
  [ ! -e "$RUN/stopped" ] || linger
  [ ! -e "$RUN/fetched" ] || exit 0
  read_boot
  FROM=${2#livenet:}
  wait_for_medium
  make_room
  fetch_image
  : >"$RUN/fetched"
  exec "$ROOT/sbin/dmsquash-live-root" "$IMAGE"
}

# Why this boot ends was said already, and what said so restarts the machine; going on would open a shell.
linger() {
  while [ -e "$RUN/stopped" ]; do sleep 5; done
  exit 1
}

# Virtual media of a management controller may come later than the network.
wait_for_medium() {
  local tries=0
  [ -n "$MEDIUM" ] || return 0
  while ! find_medium && [ "$tries" -lt "${RACKHAND_MEDIUM_TRIES:-60}" ]; do
    tries=$((tries + 1))
    sleep 0.5
  done
  [ -e "$RUN/medium" ] || say "the medium $MEDIUM does not show up: going on without what it tells"
  # Authorities of the image's server, beside those of the distribution.
  sed -n 's/^#|//p' "$RUN/medium" >"$RUN/image-ca.pem" 2>/dev/null
}

# Room for the image and no byte more: a server that never ends fills no memory.
make_room() {
  mkdir -p "$KEPT"
  system mount -t tmpfs -o "${SIZE:+size=$((SIZE + 65536)),}mode=0700" rackhand-image "$KEPT"
}

fetch_image() {
  local tries=0 failures=0 wrong=0 before
  say "image: fetching $FROM"
  backoff_reset
  while true; do
    tries=$((tries + 1))
    before=$(have)
    if download && is_whole && is_meant; then
      say "image: whole, $(mib "$(have)") MiB"
      return 0
    fi
    if [ "$CODE" = not-yet ] && wait_for_turn; then
      # A server that tells when to come again is well, however often it does.
      tries=$((tries - 1)) failures=0
      backoff_reset
      continue
    fi
    if [ "$CODE" = image-wrong ]; then
      wrong=$((wrong + 1))
      rm -f "$IMAGE"
    elif [ "$(have)" -gt "$before" ]; then
      # The line breaks and what came stays: the next try goes on from there.
      failures=0
      backoff_reset
    fi
    failures=$((failures + 1))
    if [ "$failures" -ge $MOST_FAILURES ] || [ "$wrong" -ge $MOST_WRONG ] || [ "$tries" -ge $MOST_TRIES ]; then
      stop "$CODE" "the image $FROM cannot be used: $WHY" "$(mend)"
    fi
    say "image: $WHY; trying again"
    tell_once
    backoff_wait
  done
}

# Sets CODE and WHY when it ends badly.
download() {
  local code child secure='=http,https' authority=()
  CODE=image-unreachable WHY=
  [ -z "$SIZE" ] || [ "$(have)" -lt "$SIZE" ] || return 0
  rm -f "$RUN/headers"
  case $FROM in https://*) secure='=https' ;; esac
  [ ! -s "$RUN/image-ca.pem" ] || authority=(--cacert "$RUN/image-ca.pem")
  curl -q --silent --show-error --fail --globoff --location --max-redirs 5 --proto '=http,https' \
    --proto-redir "$secure" --connect-timeout 10 --speed-limit 1024 --speed-time 30 --continue-at - \
    --header 'Rackhand-Waits: yes' --dump-header "$RUN/headers" "${authority[@]}" ${SIZE:+--max-filesize "$SIZE"} \
    --output "$IMAGE" --stderr "$RUN/curl-error" -- "$FROM" &
  child=$!
  show_progress "$child"
  wait "$child"
  code=$?
  case $code in
    0) return 0 ;;
    18) CODE=image-truncated WHY="the connection ended after $(amount)" ;;
    28) WHY="nothing came any more after $(amount)" ;;
    22) WHY=$(curl_fault) && ! is_put_off || CODE=not-yet ;;
    33) CODE=image-wrong WHY='the server cannot go on where it ended' ;;
    # Without its size curl learns only from a full room that a file is too large.
    23 | 63) CODE=image-wrong WHY="the server's file is larger than the image, $SIZE bytes" ;;
    *) WHY=$(curl_fault) ;;
  esac
  # A file that ends before where we are is another one (RFC 9110 section 15.5.17).
  case $WHY in *' 416'*) CODE=image-wrong WHY="the server's file ends after $(amount)" ;; esac
  return 1
}

# Whether the last answer was 503 with Retry-After (RFC 9110 sections 15.6.4 and 10.2.3): AFTER seconds, or 30 where it
# names a date; and PLACE, what it says of our place in its queue.
is_put_off() {
  local line status=''
  AFTER='' PLACE=''
  [ -r "$RUN/headers" ] || return 1
  while IFS= read -r line; do
    line=${line%$'\r'}
    case ${line,,} in
      http/*) status=${line#* } AFTER='' PLACE='' ;;
      retry-after:*) AFTER=$(number "$(value_of "$line")") AFTER=${AFTER:-30} ;;
      rackhand-queue:*) PLACE=$(value_of "$line") PLACE=${PLACE//[!a-zA-Z0-9 ,.]/} PLACE=${PLACE:0:80} ;;
    esac
  done <"$RUN/headers"
  [ "${status%% *}" = 503 ] && [ -n "$AFTER" ]
}

# value_of HEADER: without the blanks around it.
value_of() {
  local value=${1#*:}
  value=${value#"${value%%[![:blank:]]*}"}
  printf '%s' "${value%"${value##*[![:blank:]]}"}"
}

# Sleeps for as long as the server said; 1 when its turn has not come for hours.
TURN_BEGAN=
TURN_TOLD=-$TURN_TOLD_SECONDS
wait_for_turn() {
  [ "$AFTER" -le "$LONGEST_PAUSE" ] || AFTER=$LONGEST_PAUSE
  TURN_BEGAN=${TURN_BEGAN:-$SECONDS}
  if [ $((SECONDS - TURN_BEGAN)) -ge "$MOST_WAITING" ]; then
    CODE=image-unreachable WHY="our turn did not come within $MOST_WAITING s"
    return 1
  fi
  if [ $((SECONDS - TURN_TOLD)) -ge $TURN_TOLD_SECONDS ]; then
    TURN_TOLD=$SECONDS
    say "image: waits for its turn${PLACE:+: $PLACE}; asks again in $AFTER s"
  fi
  sleep "$AFTER"
}

# Without the times in it, so that the same fault gives the same words.
curl_fault() {
  local line=''
  read -r line <"$RUN/curl-error"
  line=${line#curl: }
  printf '%s' "${line%% after [0-9]* m*}"
}

show_progress() {
  local ticks=0
  while kill -0 "$1" 2>/dev/null; do
    sleep 0.2
    ticks=$((ticks + 1))
    [ $((ticks % (PROGRESS_SECONDS * 5))) -ne 0 ] || say "image: $(amount)"
  done
}

is_whole() {
  [ -n "$SIZE" ] && [ "$(have)" -ne "$SIZE" ] || return 0
  CODE=image-wrong WHY="the server's file ends after $(amount)"
  return 1
}

is_meant() {
  local sum
  if [ -z "$SHA256" ]; then
    say 'image: not compared, since no rackhand.sha256 was given'
    return 0
  fi
  sum=$(sha256sum "$IMAGE")
  [ "${sum%% *}" != "$SHA256" ] || return 0
  CODE=image-wrong WHY="its SHA-256 is ${sum:0:16}..., not ${SHA256:0:16}..."
  return 1
}

# The first of a kind: what came of it is told at the end.
TOLD=
tell_once() {
  [ "$CODE" != "$TOLD" ] || return 0
  TOLD=$CODE
  report "$CODE" false "the image: $WHY; trying again"
}

mend() {
  case $CODE in
    image-wrong) printf 'verify the image on its server: rackhand images verify IMAGE' ;;
    *) printf 'see that the server runs and that this machine reaches it' ;;
  esac
}

have() { stat -c %s "$IMAGE" 2>/dev/null || printf 0; }

mib() { printf '%d' "$((($1 + MIB / 2) / MIB))"; }

amount() { printf '%s%s MiB' "$(mib "$(have)")" "${SIZE:+ of $(mib "$SIZE")}"; }

main "$@"
