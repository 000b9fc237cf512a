# shellcheck shell=sh disable=SC2034
# Where the server is and the one-time token: from the kernel command line, from the medium (builder/initramfs/live
# writes what it found there), or from the console dialogue.
# Sets URL, CA_SHA256, TOKEN and SETTINGS_FROM.

read_settings() {
  URL='' CA_SHA256='' TOKEN='' SETTINGS_FROM=''
  set -f
  # shellcheck disable=SC2046 # the words of the command line
  set -- $(cat "$ROOT/proc/cmdline" 2>/dev/null)
  set +f
  for settings_word in "$@"; do
    case $settings_word in
      rackhand.url=*) URL=${settings_word#*=} ;;
      rackhand.ca=*) CA_SHA256=${settings_word#*=} ;;
      rackhand.token=*) TOKEN=${settings_word#*=} ;;
    esac
  done
  if [ -n "$URL$TOKEN" ]; then
    SETTINGS_FROM='kernel command line'
    return 0
  fi
  [ -r "$RUN/settings" ] || return 1
  SETTINGS_FROM=console
  while IFS='=' read -r settings_name settings_value || [ -n "$settings_name" ]; do
    case $settings_name in
      from) SETTINGS_FROM=$settings_value ;;
      url) URL=$settings_value ;;
      ca) CA_SHA256=$settings_value ;;
      token) TOKEN=$settings_value ;;
    esac
  done <"$RUN/settings"
}

# refuse CODE MESSAGE MEND: the server does not want this host, or its settings are none. Those that were typed at the
# console, or came with the medium, go: the console asks when there are none.
refuse() {
  say_stopped "$@"
  [ "$SETTINGS_FROM" = 'kernel command line' ] || rm -f "$RUN/settings"
  exit "$REFUSED"
}

# The grammar of builder/contract/kernel-arguments.ts.
check_settings() {
  is_url "$URL" ||
    refuse settings-bad "rackhand.url is not https://ADDRESS:PORT ($SETTINGS_FROM)" 'boot again from the server'
  is_fingerprint "$CA_SHA256" ||
    refuse settings-bad "rackhand.ca is not 32 to 64 hex digits ($SETTINGS_FROM)" 'boot again from the server'
  is_hex "$TOKEN" 32 ||
    refuse settings-bad "rackhand.token is not 32 hex digits ($SETTINGS_FROM)" \
      'arm the host on the server and boot it again'
}

# A SHA-256, or what a person typed of it: its first 128 bits are as hard to meet with another certificate.
is_fingerprint() {
  case $1 in '' | *[!0-9a-f]*) return 1 ;; esac
  [ "${#1}" -ge 32 ] && [ "${#1}" -le 64 ]
}

is_url() {
  case $1 in https://?*) ;; *) return 1 ;; esac
  case ${1#https://} in *[!0-9A-Za-z.:[\]-]*) return 1 ;; esac
}
