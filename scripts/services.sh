#!/usr/bin/env bash
# Real servers for the tests that want them, from Debian packages, on loopback only. Safe to call again and again.
#   scripts/services.sh start mosquitto [PORT]   prints the address (default port 18883); installs the package if it is absent and allowed
#   scripts/services.sh stop [mosquitto]
#   scripts/services.sh status
# LINESHAFT_INSTALL=never forbids the installation. Exit codes: 0 running, 1 it did not start, 2 wrong use, 3 absent and not installable.
set -euo pipefail

state="${TMPDIR:-/tmp}/lineshaft-services-$(id -u)"
mkdir -p "$state"
chmod 700 "$state"

say() { printf '%s\n' "$*" >&2; }

# The program's path; Debian keeps servers in sbin, which is not on everybody's PATH.
program() { PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v "$1"; }

install_package() {
  local package=$1 root=()
  if [ "${LINESHAFT_INSTALL:-}" = never ] || ! command -v apt-get >/dev/null; then
    say "$package is not installed here. Install it with the system's package manager."
    return 3
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      say "$package is not installed here, and this user may not install it. As root: apt-get install $package"
      return 3
    fi
    root=(sudo -n)
  fi
  say "Installing $package …"
  # RUNLEVEL=1: the package must not start a server of its own on the standard port.
  local command=("${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -o DPkg::Lock::Timeout=120)
  if ! { "${command[@]}" install -y --no-install-recommends "$package" || { "${command[@]}" update && "${command[@]}" install -y --no-install-recommends "$package"; }; } </dev/null >"$state/install.log" 2>&1; then
    say "$package could not be installed; see $state/install.log"
    return 3
  fi
}

# The process id in a file, where that process is still alive and still what it was.
alive() {
  local name=$1 pid
  pid=$(cat "$state/$name.pid" 2>/dev/null) || return 1
  kill -0 "$pid" 2>/dev/null && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$name" ] || return 1
  printf '%s' "$pid"
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

start_mosquitto() {
  local port=${1:-18883}
  if alive mosquitto >/dev/null; then
    cat "$state/mosquitto.address"
    return 0
  fi
  program mosquitto >/dev/null || install_package mosquitto || return 3
  if answers "$port"; then
    say "Port $port is taken by another program. Give another one: scripts/services.sh start mosquitto PORT"
    return 1
  fi
  printf '%s\n' "listener $port 127.0.0.1" 'allow_anonymous true' 'persistence false' >"$state/mosquitto.conf"
  nohup "$(program mosquitto)" -c "$state/mosquitto.conf" </dev/null >"$state/mosquitto.log" 2>&1 &
  echo $! >"$state/mosquitto.pid"
  for _ in $(seq 1 100); do
    if answers "$port"; then
      echo "mqtt://127.0.0.1:$port" | tee "$state/mosquitto.address"
      return 0
    fi
    kill -0 "$(cat "$state/mosquitto.pid")" 2>/dev/null || break
    sleep 0.1
  done
  say "mosquitto did not start:"
  tail -n 20 "$state/mosquitto.log" >&2
  return 1
}

stop_mosquitto() {
  local pid
  if pid=$(alive mosquitto); then
    kill "$pid"
    for _ in $(seq 1 50); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
  fi
  rm -f "$state/mosquitto.pid" "$state/mosquitto.address"
}

case "${1:-} ${2:-}" in
  'start mosquitto') start_mosquitto "${3:-}" ;;
  'stop mosquitto' | 'stop ') stop_mosquitto ;;
  'status ') if alive mosquitto >/dev/null; then echo "mosquitto $(cat "$state/mosquitto.address")"; else echo 'mosquitto is not running'; fi ;;
  *)
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
