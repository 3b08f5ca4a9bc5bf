#!/usr/bin/env bash
# Real servers for the tests that want them, from Debian packages, on loopback only. Safe to call again and again.
#   scripts/services.sh start mosquitto [PORT]   prints the address (default port 18883); installs the package if it is absent and allowed
#   scripts/services.sh start postgres [PORT]    the same for PostgreSQL 15 or newer (default port: a free one); the address holds a password of its own
#   scripts/services.sh start tryton [PORT]      a real ERP, Tryton 6.0, with a small manufacturer in it (default port: a free one); the address signs in as
#                                                the user "lineshaft", "planner" has the same password. It starts postgres, in which its databases lie:
#                                                "tryton", which is served, and "tryton_prepared", from which another one like it is made
#   scripts/services.sh stop [mosquitto|postgres|tryton]
#   scripts/services.sh status
#   scripts/services.sh tool strace               prints where the program is; installs it likewise
#   scripts/services.sh tool pymodbus             the same for this module of Debian's own Python
# LINESHAFT_INSTALL=never forbids the installation. Exit codes: 0 running, 1 it did not start, 2 wrong use, 3 absent and not installable.
set -euo pipefail

state="${TMPDIR:-/tmp}/lineshaft-services-$(id -u)"
mkdir -p "$state"
chmod 700 "$state"

say() { printf '%s\n' "$*" >&2; }

# The program's path; Debian keeps servers in sbin, which is not on everybody's PATH.
program() { PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v "$1"; }

install_package() {
  local package="$*" root=()
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
  if ! { "${command[@]}" install -y --no-install-recommends "$@" || { "${command[@]}" update && "${command[@]}" install -y --no-install-recommends "$@"; }; } </dev/null >"$state/install.log" 2>&1; then
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

# Tryton and its modules run on Debian's own Python.
has_tryton() {
  local module
  program trytond >/dev/null && /usr/bin/python3 -c 'import psycopg2, trytond.modules' 2>/dev/null || return 1
  for module in production sale purchase; do /usr/bin/python3 -c "import trytond.modules.$module" 2>/dev/null || return 1; done
}

trytond_conf() {
  (umask 077 && printf '%s\n' '[web]' "listen = 127.0.0.1:$1" '[database]' "uri = $(sed 's#^postgres:#postgresql:#; s#/postgres$#/#' "$state/postgres.address")" 'language = en' \
    '[session]' 'timeout = 86400' 'max_attempt = 50' '[password]' 'entropy = 0' >"$state/trytond.conf")
}

# Serves until it is killed; ready when it answers. WARNING keeps its log from growing with every request.
run_trytond() {
  local port=$1
  trytond_conf "$port"
  printf '%s\n' '[loggers]' 'keys=root,werkzeug' '[handlers]' 'keys=err' '[formatters]' 'keys=plain' '[logger_root]' 'level=WARNING' 'handlers=err' \
    '[logger_werkzeug]' 'level=WARNING' 'handlers=' 'qualname=werkzeug' '[handler_err]' 'class=StreamHandler' 'formatter=plain' 'args=(sys.stderr,)' '[formatter_plain]' 'format=%(asctime)s %(levelname)s %(name)s %(message)s' >"$state/trytond-log.conf"
  # UTC: what day it is must not depend on the machine.
  TZ=UTC PYTHONWARNINGS=ignore nohup "$(program trytond)" -c "$state/trytond.conf" --logconf "$state/trytond-log.conf" </dev/null >>"$state/trytond.log" 2>&1 &
  echo $! >"$state/trytond.pid"
  for _ in $(seq 1 300); do
    if answers "$port"; then return 0; fi
    kill -0 "$(cat "$state/trytond.pid")" 2>/dev/null || break
    sleep 0.1
  done
  say 'trytond did not start:'
  tail -n 20 "$state/trytond.log" >&2
  return 1
}

end_trytond() {
  local pid
  if pid=$(alive trytond); then
    kill "$pid"
    for _ in $(seq 1 100); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || true
  fi
  rm -f "$state/trytond.pid"
}

# psql, pg_dump and pg_restore lie where the server really is, also where only a link to it is on the PATH.
postgres_tool() { printf '%s' "$(dirname "$(readlink -f "$(postgres_bin)/postgres")")/$1"; }
database_url() { sed "s#/postgres\$#/$1#" "$state/postgres.address"; }

# Statements in one database.
in_database() {
  local name=$1
  shift
  "$(postgres_tool psql)" -qAtX -v ON_ERROR_STOP=1 "$(database_url "$name")" "$@"
}
in_postgres() { in_database postgres "$@"; }
has_database() { [ "$(in_postgres -c "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }

# The database that others are made from: modules, company, orders. Made once per version and kept as a dump, since it takes a minute.
prepare_tryton() {
  local port=$1 folder password made dump
  folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/services" && pwd)
  made=$( (cat "$folder/tryton-company.mjs" "$folder/tryton-orders.json" && /usr/bin/python3 -c 'import trytond; print(trytond.__version__)') | cksum | cut -d ' ' -f 1)
  dump="$state/tryton-$made.dump"
  if [ -s "$dump" ] && [ -s "$dump.password" ]; then
    in_postgres -c 'CREATE DATABASE tryton_prepared' || return 1
    "$(postgres_tool pg_restore)" --no-owner -d "$(database_url tryton_prepared)" "$dump" >>"$state/trytond.log" 2>&1 && cp "$dump.password" "$state/trytond.password" && return 0
    say 'The kept Tryton database cannot be restored; it is made again.'
    in_postgres -c 'DROP DATABASE tryton_prepared'
  fi
  say 'Making the Tryton database (about a minute, once) …'
  password=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
  (umask 077 && printf '%s\n' "$password" >"$state/trytond.password")
  in_postgres -c 'CREATE DATABASE tryton_prepared' || return 1
  trytond_conf "$port"
  # Nothing of it is lost that is not made again: its commits need not wait for the disk.
  if ! PGOPTIONS='-c synchronous_commit=off' TRYTONPASSFILE="$state/trytond.password" PYTHONWARNINGS=ignore "$(program trytond-admin)" -c "$state/trytond.conf" -d tryton_prepared \
    -u production sale purchase --activate-dependencies --email admin@example.invalid -l en >>"$state/trytond.log" 2>&1; then
    say "Tryton's modules could not be set up; see $state/trytond.log"
    return 1
  fi
  run_trytond "$port" || return 1
  node "$folder/tryton-company.mjs" "http://admin:$password@127.0.0.1:$port/tryton_prepared" >&2 || { end_trytond; return 1; }
  end_trytond
  "$(postgres_tool pg_dump)" -Fc -d "$(database_url tryton_prepared)" -f "$dump.new" && mv "$dump.new" "$dump" && cp "$state/trytond.password" "$dump.password"
}

start_tryton() {
  local port
  if alive trytond >/dev/null; then
    cat "$state/trytond.address"
    return 0
  fi
  has_tryton || install_package tryton-server tryton-modules-production tryton-modules-sale tryton-modules-purchase python3-psycopg2 || return 3
  # In a process of its own: what stays behind of it must not hold our output open.
  (start_postgres) >/dev/null || return $?
  port=${1:-$(free_port)}
  if answers "$port"; then
    say "Port $port is taken by another program. Give another one: scripts/services.sh start tryton PORT"
    return 1
  fi
  : >"$state/trytond.log"
  # What an interrupted start left is not whole.
  if has_database tryton_prepared && ! has_database tryton; then in_postgres -c 'DROP DATABASE tryton_prepared WITH (FORCE)'; fi
  has_database tryton_prepared || prepare_tryton "$port" || return 1
  if ! has_database tryton; then
    in_postgres -c 'CREATE DATABASE tryton TEMPLATE tryton_prepared' || return 1
    # It may be from another day.
    in_database tryton -c 'UPDATE production SET planned_start_date = CURRENT_DATE, planned_date = CURRENT_DATE' \
      -c 'UPDATE sale_sale SET shipping_date = CURRENT_DATE + 1' -c 'UPDATE purchase_line SET delivery_date_store = CURRENT_DATE + 1' \
      -c "UPDATE stock_move SET planned_date = CURRENT_DATE + 1 WHERE origin LIKE 'purchase.line,%'" || return 1
  fi
  run_trytond "$port" || return 1
  (umask 077 && echo "http://lineshaft:$(cat "$state/trytond.password")@127.0.0.1:$port/tryton" >"$state/trytond.address")
  cat "$state/trytond.address"
}

stop_tryton() {
  end_trytond
  rm -f "$state/trytond.address"
}

tell() { if alive "$1" >/dev/null; then echo "$1 $(sed 's#//[^@/]*@#//…@#' "$state/$1.address")"; else echo "$1 is not running"; fi; }

# A program without a server.
tool() {
  program "$1" || { install_package "$1" && program "$1"; }
}

# A module of Debian's own Python, and the packages that bring it.
python_module() {
  local found="import $1, sys; print($1.__file__)"
  shift
  /usr/bin/python3 -c "$found" 2>/dev/null || { install_package "$@" && /usr/bin/python3 -c "$found"; }
}

case "${1:-} ${2:-}" in
  'tool strace') tool strace ;;
  'tool pymodbus') python_module pymodbus.server python3-pymodbus python3-serial-asyncio ;;
  'start mosquitto') start_mosquitto "${3:-}" ;;
  'start postgres') start_postgres "${3:-}" ;;
  'start tryton') start_tryton "${3:-}" ;;
  'stop mosquitto') stop_mosquitto ;;
  # Tryton's databases go with it.
  'stop postgres') stop_tryton; stop_postgres ;;
  'stop tryton') stop_tryton ;;
  'stop ') stop_mosquitto; stop_tryton; stop_postgres ;;
  'status ') tell mosquitto; tell postgres; tell trytond ;;
  *)
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
