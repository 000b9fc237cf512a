# shellcheck shell=sh disable=SC2034
# The host's key, certificate requests, and what libvirt needs to accept the manager over TLS and nobody else.

PKI=$ROOT/etc/pki
KEY=$PKI/libvirt/private/serverkey.pem
CERTIFICATE=$PKI/libvirt/servercert.pem

# The key is made once and never leaves the host; a registration is bound to it.
make_key() {
  openssl pkey -in "$KEY" -noout 2>/dev/null && return 0
  mkdir -p "$PKI/libvirt/private"
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve \
    2>"$RUN/openssl-error" | put "$KEY" 600
  openssl pkey -in "$KEY" -noout 2>>"$RUN/openssl-error" ||
    stop key-failed "cannot make a key: $(text "$RUN/openssl-error")" 'check that openssl works and /etc is writable'
}

# certificate_request: a CSR for the host's name and its addresses, in $RUN/csr.pem.
certificate_request() {
  addresses >"$RUN/csr-addresses.json"
  csr_name=$(text "$ROOT/proc/sys/kernel/hostname")
  case $csr_name in '' | *[!A-Za-z0-9.-]* | '(none)') csr_name=localhost ;; esac
  # A common name has at most 64 characters (RFC 5280, ub-common-name).
  csr_names="DNS:$csr_name$(jq -r 'map(",IP:" + .) | join("")' "$RUN/csr-addresses.json")"
  put "$RUN/csr.conf" 600 <<END
[req]
prompt = no
distinguished_name = name
req_extensions = extensions
[name]
CN = $(printf '%s' "$csr_name" | cut -c1-64)
[extensions]
subjectAltName = $csr_names
END
  openssl req -new -sha256 -config "$RUN/csr.conf" -key "$KEY" -out "$RUN/csr.pem" 2>"$RUN/openssl-error"
}

# Whether the addresses of the last heartbeat are others than the certificate was made for, in whatever order.
addresses_changed() {
  [ "$(cat "$RUN/addresses.json")" != "$(cat "$RUN/certificate-addresses.json" 2>/dev/null)" ] &&
    [ "$(jq -c sort "$RUN/addresses.json")" != "$(jq -c sort "$RUN/certificate-addresses.json" 2>/dev/null)" ]
}

# install_certificate: checks the server's answer in $ANSWER and installs it. 1 when it is not usable (WHY).
install_certificate() {
  if ! is_registration "$ANSWER"; then
    WHY='the answer is not a registration'
    return 1
  fi
  jq -j .certificate "$ANSWER" >"$RUN/certificate.new"
  jq -j .clientCa "$ANSWER" >"$RUN/client-ca.new"
  if ! openssl x509 -in "$RUN/client-ca.new" -noout 2>/dev/null; then
    WHY='the certificate authority in the answer is not a certificate'
  elif ! is_for_our_key "$RUN/certificate.new"; then
    WHY='the certificate in the answer is not for the key of this host'
  elif ! write_certificates; then
    WHY='the certificate cannot be written'
  else
    return 0
  fi
  return 1
}

# jq -e would take an empty file for a yes.
is_registration() {
  [ true = "$(jq '.state == "registered"
    and (.hostName | type == "string" and test("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"))
    and (.sessionToken | type == "string" and test("^[0-9a-f]{32}$"))
    and (.managerDn | type == "string" and test("^[A-Za-z0-9 =,._@-]{3,200}$"))
    and (.heartbeatSeconds | type == "number" and . >= 1 and . <= 3600)
    and (.certificate | type == "string") and (.clientCa | type == "string")' "$1" 2>/dev/null)" ]
}

is_for_our_key() {
  [ "$(openssl x509 -in "$1" -noout -pubkey 2>/dev/null)" = "$(openssl pkey -in "$KEY" -pubout)" ]
}

write_certificates() {
  put "$PKI/CA/cacert.pem" 644 <"$RUN/client-ca.new" &&
    put "$CERTIFICATE" 644 <"$RUN/certificate.new" &&
    put "$RUN/certificate-addresses.json" 600 <"$RUN/csr-addresses.json"
}

# Which daemon takes TLS connections: libvirtd (EL8, Debian) or virtproxyd (EL9 and later).
tls_daemon() {
  case $(jq -r '.libvirt // empty' "$ROOT/etc/rackhand/image.json" 2>/dev/null) in
    modular) echo virtproxyd && return ;;
    monolithic) echo libvirtd && return ;;
  esac
  if [ -e "$ROOT/usr/lib/systemd/system/virtproxyd-tls.socket" ] &&
    [ ! -e "$ROOT/etc/systemd/system/sockets.target.wants/libvirtd.socket" ]; then
    echo virtproxyd
  else
    echo libvirtd
  fi
}

# configure_libvirt DN: only the manager's name may connect.
# tls_no_sanity_certificate: cacert.pem here is the CA of managers; the host's own certificate comes from
# another CA, which libvirt's check of itself at start would take for a mistake. Peers are checked all the same.
configure_libvirt() {
  configure_file=$ROOT/etc/libvirt/$(tls_daemon).conf
  {
    [ ! -r "$configure_file" ] || without_our_settings <"$configure_file"
    printf '# rackhand begin\n'
    printf 'tls_allowed_dn_list = ["%s"]\n' "$1"
    printf 'tls_no_verify_certificate = 0\n'
    printf 'tls_no_sanity_certificate = 1\n'
    printf 'auth_tls = "none"\n'
    printf '# rackhand end\n'
  } | put "$configure_file" 600
}

# Standard input without the settings that configure_libvirt writes, also where a list has several lines.
without_our_settings() {
  configure_inside=
  while IFS= read -r configure_line || [ -n "$configure_line" ]; do
    case $configure_inside in
      block)
        [ "$configure_line" != '# rackhand end' ] || configure_inside=''
        continue
        ;;
      list)
        case $configure_line in *']'*) configure_inside='' ;; esac
        continue
        ;;
    esac
    case ${configure_line#"${configure_line%%[![:blank:]]*}"} in
      '# rackhand begin') configure_inside=block ;;
      tls_allowed_dn_list*']'*) ;;
      tls_allowed_dn_list*) configure_inside=list ;;
      tls_no_verify_certificate* | tls_no_sanity_certificate* | auth_tls*) ;;
      *) printf '%s\n' "$configure_line" ;;
    esac
  done
}

# A running daemon keeps systemd from opening its TLS socket, so it stops first; guests go on without it.
start_libvirt_tls() {
  start_daemon=$(tls_daemon)
  start_try=0
  while [ "$start_try" -lt 5 ]; do
    start_try=$((start_try + 1))
    system systemctl stop "$start_daemon.service"
    if system systemctl start "$start_daemon-tls.socket"; then
      system systemctl start "$start_daemon.service"
      open_firewall
      return 0
    fi
    say "waiting for $start_daemon-tls.socket"
    sleep 2
  done
  stop libvirt-tls "systemd cannot open $start_daemon-tls.socket" "systemctl status $start_daemon-tls.socket says why"
}

# After a renewal libvirt reads the new certificate when it starts; its sockets stay open meanwhile.
reload_libvirt_tls() {
  system systemctl try-restart "$(tls_daemon).service"
}

open_firewall() {
  [ -n "$ROOT" ] || ! command -v firewall-cmd >/dev/null || ! systemctl -q is-active firewalld.service ||
    firewall-cmd -q --add-port=16514/tcp --add-port=49152-49215/tcp ||
    say 'the firewall did not open port 16514'
}

set_hostname() {
  [ "$(text "$ROOT/proc/sys/kernel/hostname")" = "$1" ] && return 0
  printf '%s\n' "$1" | put "$ROOT/etc/hostname" 644
  printf '%s\n' "$1" >"$ROOT/proc/sys/kernel/hostname" 2>/dev/null ||
    system hostnamectl set-hostname "$1" || say "the host name could not be set to $1"
}
