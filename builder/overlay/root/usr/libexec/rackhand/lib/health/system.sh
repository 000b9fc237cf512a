# shellcheck shell=sh
# The host itself: SELinux, units, time.

check_selinux() {
  selinux_wanted=$(of_image .selinux)
  case $(first_line "$ROOT/sys/fs/selinux/enforce") in
    1) selinux_is=enforcing ;;
    0) selinux_is=permissive ;;
    *) selinux_is=disabled ;;
  esac
  if [ "$selinux_is" = "${selinux_wanted:-$selinux_is}" ]; then
    well selinux "$selinux_is, as the image says"
  elif [ "$selinux_is" = enforcing ]; then
    well selinux "enforcing (the image says $selinux_wanted)"
  else
    fail selinux "$selinux_is, but the image says $selinux_wanted" \
      'boot with the kernel arguments of the image; permissive at run time: setenforce 1'
  fi
}

check_units() {
  units_failed=$(systemctl list-units --failed --plain --no-legend 2>/dev/null | awk '{ print $1 }' | tr '\n' ' ')
  if [ -z "$units_failed" ]; then
    well units 'no unit has failed'
  else
    fail units "failed: $units_failed" "systemctl status $units_failed"
  fi
}

# chronyc tracking, one line with commas: the last field is the leap status, the third the stratum.
check_time() {
  time_tracking=$(chronyc -c tracking 2>/dev/null)
  case $time_tracking in
    '') fail time 'chrony does not answer' 'systemctl status chronyd' ;;
    *'Not synchronised')
      # online, offline, burst online, burst offline, unresolved
      time_sources=$(chronyc -c activity 2>/dev/null | awk -F, '{ print $1 + $2 + $3 + $4 + $5, $5 + 0 }')
      case $time_sources in
        '' | '0 '*) warn time 'not in sync: nobody named a server of time' 'recipe key ntp, or DHCP option 42' ;;
        *' 0') warn time "not in sync yet (${time_sources% *} servers)" 'chronyc sources says which of them answer' ;;
        *) warn time "not in sync: ${time_sources#* } of ${time_sources% *} servers have no address" 'check the DNS' ;;
      esac
      ;;
    *)
      well time "in sync with $(printf '%s' "$time_tracking" | cut -d, -f2), $(
        printf '%s' "$time_tracking" | awk -F, '{ printf "%.3f ms off", ($5 < 0 ? -$5 : $5) * 1000 }'
      )"
      ;;
  esac
}
