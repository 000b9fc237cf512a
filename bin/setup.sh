#!/bin/sh
# setup.sh [bench]: installs what Rackhand needs on a bare Debian 12 or EL9: npm packages (with their own Node) and
# system packages; with "bench" also the programs that benchmarks compare it with. Plain shell, because the Node on
# the machine may be too old to run anything else.
set -eu
cd "$(dirname "$0")/.."
tables=bin/system-packages.txt
[ "${1:-}" != bench ] || tables="$tables bin/bench-packages.txt"

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: error: %s\nsetup: mend: %s\n' "$1" "$2" >&2; exit 1; }

if command -v apt-get >/dev/null 2>&1; then family=debian
elif command -v dnf >/dev/null 2>&1; then family=el
else die 'neither apt-get nor dnf found' 'use Debian 12 or an EL9 distribution'
fi

case $family in
  debian) # shellcheck disable=SC2086 # a list of files
          wanted=$(awk '!/^#/ && NF {print $1}' $tables | sort -u)
          installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | awk '$1 == "ii" {print $2}' | sort -u) ;;
  el)     # shellcheck disable=SC2086
          wanted=$(awk '!/^#/ && NF && $2 != "-" {print $2}' $tables | sort -u)
          installed=$(rpm -qa --qf '%{NAME}\n' | sort -u) ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' "$wanted" >"$work/wanted"
printf '%s\n' "$installed" >"$work/installed"
missing=$(comm -23 "$work/wanted" "$work/installed" | tr '\n' ' ')

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || die 'not root, and sudo is missing' 'run the command as root'
  as_root=sudo
fi

if [ -n "${missing% }" ]; then
  say "system packages to install: $missing"
  case $family in
    debian)
      $as_root apt-get update -qq
      # shellcheck disable=SC2086 # a list of names
      $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >"$work/log" 2>&1 ||
        { tail -n 20 "$work/log" >&2; die 'apt-get install failed' 'its last output above says why'; } ;;
    el)
      # shellcheck disable=SC2086
      $as_root dnf -y -q --enablerepo=crb install $missing ||
        die 'dnf install failed' 'enable EPEL and CRB: several tools live there' ;;
  esac
fi
say 'system packages: complete'

# Accounts of the service's roles: no home, no login.
for account in rackhand rackhand-keys; do
  getent passwd "$account" >/dev/null && continue
  say "account to make: $account"
  $as_root useradd --system --no-create-home --shell /usr/sbin/nologin "$account"
done

if [ ! -x node_modules/.bin/node ] || [ -n "$(find package-lock.json -newer node_modules/.package-lock.json)" ]; then
  command -v npm >/dev/null 2>&1 || die 'npm not found' 'install Node.js with npm; any version will do'
  say 'npm packages: installing'
  npm ci --no-fund --no-audit --loglevel=error
fi
node_modules/.bin/node -e 'process.exit(process.versions.node.split(".")[0] >= 24 ? 0 : 1)' ||
  die 'the pinned Node 24 does not start' 'remove node_modules and run the command again'
say "npm packages: complete (node $(node_modules/.bin/node --version))"
