# Keeps one PostgreSQL server for one test process, and outlives that process by the moment it takes to clean up.
#
#   sh keep-postgres.sh FOLDER INITDB POSTGRES
#
# Reads a command a line and answers each with its exit status; what it runs writes to standard error. The end of input
# stops the server and removes FOLDER. A test process that dies, by whatever signal, ends the input too.

folder=$1 initdb=$2 postgres=$3 server=
trap '' PIPE # who reads the answers may be gone

# ICU's order of text, as most servers have it, lest a test pass only where "Z" sorts before "a".
init() {
  "$initdb" --pgdata=data --username=postgres --pwfile=password --auth=scram-sha-256 --encoding=UTF8 --no-sync \
    --locale=C --locale-provider=icu --icu-locale=en-US
}

# A child of this process rather than a daemon: where process 1 buries nobody, as in many containers, it would stay.
start() {
  if [ -n "$server" ]; then
    echo 'the server is running already'
    return 1
  fi
  "$postgres" -D data -p "$1" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c shared_buffers=32MB -c max_connections=60 &
  server=$!
  until grep -qs '^ready' data/postmaster.pid; do
    if ! kill -0 "$server"; then
      server=
      return 1
    fi
    sleep 0.02
  done
}

stop() {
  if [ -z "$server" ]; then
    echo 'the server is stopped already'
    return 1
  fi
  case $1 in
    fast) kill -s INT "$server" ;;
    immediate) kill -s QUIT "$server" ;;
  esac
  wait "$server"
  server=
  rm -f data/postmaster.pid # where it was killed, it still says "ready"
}

cd "$folder" || exit
while read -r command argument; do
  "$command" "$argument" </dev/null >&2
  echo $?
done
[ -z "$server" ] || stop immediate >&2
cd / && rm -rf "$folder"
