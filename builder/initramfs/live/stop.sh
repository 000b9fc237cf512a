#!/bin/bash
# stop.sh CODE MESSAGE MEND: ends this boot while the rest of it brings up the network for the report.
set -u

LIB=${RACKHAND_LIB:-/usr/lib/rackhand}
# shellcheck source=lib.sh
. "$LIB/lib.sh"

read_boot
stop "$@"
