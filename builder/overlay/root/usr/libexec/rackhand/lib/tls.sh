# shellcheck shell=sh disable=SC2034
# The host's key, certificate requests, and what libvirt needs to accept the manager over TLS and nobody else.

PKI=$ROOT/etc/pki
KEY=$PKI/libvirt/private/serverkey.pem
CERTIFICATE=$PKI/libvirt/servercert.pem
LIBVIRT_CHANGED=

# The key is made once and never leaves the host; a registration is bound to it.
make_key() {
  [ -s "$KEY" ] && openssl pkey -in "$KEY" -noout 2>/dev/null && return 0
  mkdir -p "$PKI/libvirt/private"
  if ! new_key 2>"$RUN/openssl-error"; then
    stop key-failed "cannot make a key: $(text "$RUN/openssl-error")" 'check that openssl works and /etc is writable'
  fi
  rm -f "$RUN/key.new"
}

new_key() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve -out "$RUN/key.new" &&
    put "$KEY" 600 <"$RUN/key.new"
}

# Until the host is registered its own key signs for it: libvirt can open its TLS socket at boot, and nobody has
# a certificate that it would take.
first_certificate() {
  [ ! -e "$CERTIFICATE" ] || return 0
  openssl req -x509 -new -sha256 -key "$KEY" -subj /CN=unregistered -days 3650 -out "$RUN/first.pem" \
    2>"$RUN/openssl-error" &&
    put "$PKI/CA/cacert.pem" 644 <"$RUN/first.pem" && put "$CERTIFICATE" 644 <"$RUN/first.pem"
}

# first_pair: the two above in one run of openssl and a handful of other programs, since libvirt waits for them at each
# start. 1 when one of them is there, or it fails: then the ways above go on, and say why.
first_pair() {
  [ ! -e "$KEY" ] && [ ! -e "$CERTIFICATE" ] || return 1
  mkdir -p "${KEY%/*}" "$PKI/CA" || return 1
  # In the folders that they stay in, whose labels they get.
  pair_key=${KEY%/*}/.rackhand.first pair_certificate=${CERTIFICATE%/*}/.rackhand.first
  if openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve -nodes -sha256 \
    -subj /CN=unregistered -days 3650 -keyout "$pair_key" -out "$pair_certificate" 2>"$RUN/openssl-error" &&
    cp "$pair_certificate" "$PKI/CA/cacert.pem" && chmod 644 "$pair_certificate" "$PKI/CA/cacert.pem" &&
    mv -f "$pair_key" "$KEY" && mv -f "$pair_certificate" "$CERTIFICATE"; then
    return 0
  fi
  rm -f "$pair_key" "$pair_certificate"
  return 1
}

# certificate_request: a CSR in $RUN/csr.pem for the host's name and the addresses that were read last, by the
# inventory or a heartbeat ($RUN/addresses.json).
certificate_request() {
  csr_name=$(text "$ROOT/proc/sys/kernel/hostname")
  case $csr_name in '' | *[!A-Za-z0-9.-]* | '(none)') csr_name=localhost ;; esac
  # A common name has at most 64 characters (RFC 5280, ub-common-name).
  csr_names=DNS:$csr_name$(sed 's/[]["]//g; s/^./,&/; s/,/,IP:/g' "$RUN/addresses.json")
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
    put "$RUN/certificate-addresses.json" 600 <"$RUN/addresses.json"
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

# configure_libvirt DN: only the manager's name may connect. Sets LIBVIRT_CHANGED when the image was built for
# another name: a running daemon reads this list once.
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
  } >"$RUN/libvirt.conf" || return 1
  LIBVIRT_CHANGED=
  cmp -s "$RUN/libvirt.conf" "$configure_file" && return 0
  LIBVIRT_CHANGED=1
  put "$configure_file" 600 <"$RUN/libvirt.conf"
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

# The TLS socket is open since the host booted; now the daemon behind it gets the certificate, without a restart.
start_libvirt_tls() {
  start_daemon=$(tls_daemon)
  open_firewall
  if [ -z "$LIBVIRT_CHANGED" ] && system systemctl -q is-active "$start_daemon-tls.socket"; then
    system systemctl start "$start_daemon.service" && update_libvirt_tls "$start_daemon" && return 0
  fi
  restart_libvirt_tls "$start_daemon"
}

# A running daemon keeps systemd from opening its TLS socket, so it stops first; guests go on without it. The
# agent does too: the manager sees the host, and the health report why it cannot come up.
restart_libvirt_tls() {
  restart_try=0
  while [ "$restart_try" -lt 5 ]; do
    restart_try=$((restart_try + 1))
    system systemctl stop "$1.service"
    if system systemctl start "$1-tls.socket"; then
      system systemctl start "$1.service"
      return 0
    fi
    say "waiting for $1-tls.socket"
    sleep 2
  done
  say "libvirt takes no connections: systemd cannot open $1-tls.socket"
  say "mend: systemctl status $1-tls.socket says why"
  return 1
}

# The daemon reads certificate, key and CA again; connections that are open go on.
update_libvirt_tls() {
  system timeout 120 virt-admin -q -c "$1:///system" server-update-tls "$1" >/dev/null 2>"$RUN/virt-admin-error"
}

# After a renewal.
reload_libvirt_tls() {
  reload_daemon=$(tls_daemon)
  system systemctl -q is-active "$reload_daemon.service" || return 0
  update_libvirt_tls "$reload_daemon" || system systemctl try-restart "$reload_daemon.service"
}

open_firewall() {
  # shellcheck disable=SC2046 # one option for each port
  [ -n "$ROOT" ] || ! command -v firewall-cmd >/dev/null || ! systemctl -q is-active firewalld.service ||
    firewall-cmd -q $(opened_ports) ||
    say "the firewall did not open libvirt's ports"
}

# The ports of the image's own firewall, as firewall-cmd takes them.
opened_ports() {
  jq -r '[.ports[] | "--add-port=\(.)/tcp"] | join(" ")' "$ROOT/etc/rackhand/image.json"
}

set_hostname() {
  [ "$(text "$ROOT/proc/sys/kernel/hostname")" = "$1" ] && return 0
  printf '%s\n' "$1" | put "$ROOT/etc/hostname" 644
  printf '%s\n' "$1" >"$ROOT/proc/sys/kernel/hostname" 2>/dev/null ||
    system hostnamectl set-hostname "$1" || say "the host name could not be set to $1"
}
