#!/usr/bin/env bash
# Real servers for the tests that want them, from Debian packages, on loopback only. Safe to call again and again.
#   scripts/services.sh start mosquitto [PORT]   prints the address (default port 18883); installs the package if it is absent and allowed
#   scripts/services.sh start postgres [PORT]    the same for PostgreSQL 15 or newer (default port: a free one); the address holds a password of its own
#   scripts/services.sh stop [mosquitto|postgres]
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

# The folder of the newest PostgreSQL here that is new enough.
postgres_bin() {
  local bin found=''
  for bin in /usr/lib/postgresql/*/bin "$(dirname "$(program postgres || echo /nowhere/postgres)")"; do
    [ -x "$bin/postgres" ] && [ -x "$bin/initdb" ] && [ "$("$bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')" -ge 15 ] && found=$bin
  done
  [ -n "$found" ] && printf '%s' "$found"
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" -ne 0 ]; then "$@"; else (cd / && setpriv --reuid="$postgres_user" --regid="$(id -g "$postgres_user")" --clear-groups "$@"); fi
}
postgres_user=$(id -un postgres 2>/dev/null || echo nobody)

free_port() {
  local port
  for _ in $(seq 1 50); do
    port=$((20000 + RANDOM % 10000))
    answers "$port" || { printf '%s' "$port"; return 0; }
  done
  return 1
}

start_postgres() {
  local port bin password folder="$state-postgres"
  if alive postgres >/dev/null; then
    cat "$state/postgres.address"
    return 0
  fi
  postgres_bin >/dev/null || install_package postgresql || return 3
  bin=$(postgres_bin) || { say 'PostgreSQL 15 or newer is needed; what is installed here is older.'; return 3; }
  port=${1:-$(free_port)}
  if answers "$port"; then
    say "Port $port is taken by another program. Give another one: scripts/services.sh start postgres PORT"
    return 1
  fi
  rm -rf "$folder"
  mkdir -m 700 "$folder"
  password=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
  (umask 077 && printf '%s\n' "$password" >"$folder/password")
  [ "$(id -u)" -ne 0 ] || chown -R "$postgres_user" "$folder"
  if ! as_postgres "$bin/initdb" -D "$folder/data" -U lineshaft --auth=scram-sha-256 --pwfile="$folder/password" -E UTF8 --locale=C --no-instructions >"$state/postgres.log" 2>&1; then
    say "PostgreSQL could not make its data folder; see $state/postgres.log"
    return 1
  fi
  as_postgres nohup "$bin/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 </dev/null >>"$state/postgres.log" 2>&1 &
  local started=$!
  for _ in $(seq 1 300); do
    if answers "$port" && [ -s "$folder/data/postmaster.pid" ]; then
      head -n 1 "$folder/data/postmaster.pid" >"$state/postgres.pid"
      # initdb makes the database "postgres"; the schema is the store's.
      echo "postgres://lineshaft:$password@127.0.0.1:$port/postgres" >"$state/postgres.address"
      chmod 600 "$state/postgres.address"
      cat "$state/postgres.address"
      return 0
    fi
    kill -0 "$started" 2>/dev/null || break
    sleep 0.1
  done
  say 'postgres did not start:'
  tail -n 20 "$state/postgres.log" >&2
  return 1
}

stop_postgres() {
  local pid
  if pid=$(alive postgres); then
    # SIGINT: open transactions are rolled back, nobody is waited for.
    kill -INT "$pid"
    for _ in $(seq 1 100); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
  fi
  rm -rf "$state/postgres.pid" "$state/postgres.address" "$state-postgres"
}

tell() { if alive "$1" >/dev/null; then echo "$1 $(sed 's#//[^@/]*@#//…@#' "$state/$1.address")"; else echo "$1 is not running"; fi; }

case "${1:-} ${2:-}" in
  'start mosquitto') start_mosquitto "${3:-}" ;;
  'start postgres') start_postgres "${3:-}" ;;
  'stop mosquitto') stop_mosquitto ;;
  'stop postgres') stop_postgres ;;
  'stop ') stop_mosquitto; stop_postgres ;;
  'status ') tell mosquitto; tell postgres ;;
  *)
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
