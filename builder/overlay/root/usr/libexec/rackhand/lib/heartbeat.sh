# shellcheck shell=sh
# Heartbeats and renewals, for as long as the host runs.

# keep_alive: returns only when the server no longer knows the session.
keep_alive() {
  backoff_reset
  keep_lost=
  while true; do
    heartbeat_body
    fetch verified /agent/v1/heartbeat "$SESSION_TOKEN" "$RUN/heartbeat.json"
    if [ "$STATUS" = 200 ]; then
      [ -z "$keep_lost" ] || say "the server answers again; heartbeat every $HEARTBEAT_SECONDS s"
      keep_lost=''
      backoff_reset
      after_heartbeat
      sleep "$HEARTBEAT_SECONDS"
    elif [ "$STATUS" = 401 ]; then
      say "the server no longer knows this session: $(refusal_message)"
      rm -f "$RUN/session.json"
      return 0
    else
      keep_lost=1
      case $(kind_of_answer) in
        refused) say "the server refused a heartbeat: $(refusal_message)" ;;
        *) say "waiting for the server $URL: $WHY" ;;
      esac
      backoff_wait "$RETRY_AFTER"
    fi
  done
}

heartbeat_body() {
  read -r beat_uptime _ <"$ROOT/proc/uptime"
  read -r beat_load _ <"$ROOT/proc/loadavg"
  addresses >"$RUN/addresses.json"
  jq -cn --argjson uptime "$beat_uptime" --argjson load "$beat_load" --argjson guests "$(running_guests)" \
    --argjson memoryAvailable "$(memory MemAvailable)" --slurpfile addresses "$RUN/addresses.json" \
    '{uptime: $uptime, guests: $guests, memoryAvailable: $memoryAvailable, load: $load,
      addresses: $addresses[0]}' | put "$RUN/heartbeat.json" 600
}

running_guests() {
  if timeout 10 virsh -q -r -c qemu:///system list --name --state-running >"$RUN/guests" 2>/dev/null; then
    guests_count=0
    while IFS= read -r guests_name; do
      [ -z "$guests_name" ] || guests_count=$((guests_count + 1))
    done <"$RUN/guests"
    printf '%d\n' "$guests_count"
  else
    printf '%s\n' -1
  fi
}

after_heartbeat() {
  beat_answer=$(answer '"\(.renew == true) \(.heartbeatSeconds | select(type == "number" and . >= 1 and . <= 3600) | floor)"')
  [ -z "$beat_answer" ] || HEARTBEAT_SECONDS=${beat_answer#* }
  if [ "${beat_answer% *}" = true ]; then
    renew 'the server asks for it'
  elif addresses_changed; then
    renew 'the addresses of this host changed'
  fi
}

# renew WHY: a new certificate for the same key. When it fails the next heartbeat tries again.
renew() {
  say "renewing the certificate: $1"
  certificate_request || return 0
  jq -cn --rawfile csr "$RUN/csr.pem" '{csr: $csr}' | put "$RUN/renew.json" 600
  fetch verified /agent/v1/renew "$SESSION_TOKEN" "$RUN/renew.json"
  if [ "$STATUS" = 200 ] && install_certificate; then
    jq -c '{hostName, sessionToken, heartbeatSeconds, managerDn}' "$ANSWER" | put "$RUN/session.json" 600
    read_session
    configure_libvirt "$MANAGER_DN"
    reload_libvirt_tls
    say 'certificate renewed'
  else
    say "the certificate was not renewed: $WHY"
  fi
}
