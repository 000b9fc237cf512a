# shellcheck shell=sh disable=SC2034
# What the screen says about this host, one line each, at most 62 characters. "+", "?" and "!" in front say how good
# it is.

LINE=62

host_name() { text "$ROOT/proc/sys/kernel/hostname"; }

# The first three; a port that is named is one that a person can find.
address_lines() {
  address_found=$(ip -json address show up scope global 2>/dev/null | jq -r '
    [ .[] | select(.ifname | test("^(lo|virbr.*|vnet.*)$") | not) | .ifname as $port
      | .addr_info[]? | select(.local and (.temporary // .deprecated // false | not))
      | "\(.local)/\(.prefixlen) (\($port))" ] | .[0:3][]' 2>/dev/null)
  [ -n "$address_found" ] || address_found="none yet:$(network_state)"
  printf '%s\n' "$address_found" | cut -c1-$LINE
}

image_line() {
  jq -r '"\(.recipe), build \(.image)"' "$ROOT/etc/rackhand/image.json" 2>/dev/null | cut -c1-$LINE
}

system_line() {
  system_name=$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\).*/\1/p' "$ROOT/etc/os-release" 2>/dev/null)
  printf '%s, Linux %s' "$system_name" "$(text "$ROOT/proc/sys/kernel/osrelease")" | cut -c1-$LINE
}

registration_line() {
  registration_url=$(sed -n 's/.*rackhand\.url=\([^ ]*\).*/\1/p' "$ROOT/proc/cmdline")
  [ -n "$registration_url" ] || registration_url=$(sed -n 's/^url=//p' "$RUN/settings" 2>/dev/null)
  if [ -r "$RUN/trouble" ]; then
    printf '!stopped (%s), see the messages' "$(text "$RUN/trouble")"
  elif [ -r "$RUN/session.json" ]; then
    printf '+registered with %s' "$registration_url"
  elif [ -z "$registration_url" ]; then
    printf '?not registered: no server was named'
  elif systemctl -q is-active rackhand-agent.service 2>/dev/null; then
    printf '?waiting for %s' "$registration_url"
  else
    printf '!refused by %s, see the messages' "$registration_url"
  fi | cut -c1-$LINE
}

# From the last run of rackhand-health.timer.
health_line() {
  if ! [ -r "$RUN/health.json" ]; then
    printf '?not checked yet'
    return
  fi
  jq -r '
    ([.checks[] | select(.state != "ok")] | sort_by(.state != "failed")) as $bad
    | (.at | .[11:16]) as $at
    | if ($bad | length) == 0 then "+well: \(.checks | length) checks at \($at) UTC"
      elif .state == "failed" then "!\($bad[0].name): \($bad[0].message)"
      else "?\($bad[0].name): \($bad[0].message)" end' "$RUN/health.json" 2>/dev/null | cut -c1-$LINE
}

guests_line() {
  guests_count=0
  for guests_scope in "$ROOT"/sys/fs/cgroup/machine.slice/machine-qemu*.scope; do
    [ -d "$guests_scope" ] && guests_count=$((guests_count + 1))
  done
  guests_free=$(awk '$1 == "MemAvailable:" { a = $2 } $1 == "MemTotal:" { t = $2 }
    END { printf "%.1f of %.1f GiB", a / 1048576, t / 1048576 }' "$ROOT/proc/meminfo")
  printf '%d running, %s memory free' "$guests_count" "$guests_free"
}

# fingerprint_lines: as ssh shows them at the first connection.
fingerprint_lines() {
  fingerprint_found=
  for fingerprint_key in "$ROOT"/etc/ssh/ssh_host_*_key.pub; do
    [ -r "$fingerprint_key" ] || continue
    fingerprint_found="$fingerprint_found$(ssh-keygen -lf "$fingerprint_key" 2>/dev/null |
      awk '{ kind = $NF; gsub(/[()]/, "", kind); printf "%-8s %s", kind, $2 }')
"
  done
  printf '%s\n' "${fingerprint_found:-not made yet}" | sed '/^$/d'
}
