#!/usr/bin/env bash
# Floods of refused clients against Edge and HAProxy, in network namespaces (client, router, proxy), each with good clients beside it; see
# docs/performance.md. A name with +net_admin keeps that capability, others have none. Needs root, ip, tcpdump, setpriv and haproxy.
# Arguments: [EDGE [SECONDS [REPETITIONS]]], the program or its edge.dll, default: builds Edge; 8; 1. Several repetitions are followed by
# medians.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
edge=${1:-}
seconds=${2:-8}
repetitions=${3:-1}
if [ -z "$edge" ]; then
    dotnet publish "$root/src/EdgeHost" -c Release --use-current-runtime --self-contained false -o "$root/artifacts/edge" --nologo -v quiet
    edge=$root/artifacts/edge/edge.dll
fi
case $edge in *.dll) edge="dotnet $edge" ;; esac
load="dotnet $root/bench/EdgeLoad/bin/Release/net10.0/edge-load.dll"
[ -e "${load#dotnet }" ] || dotnet build "$root/bench/EdgeLoad" -c Release --nologo -v quiet

work=$(mktemp -d)
id=edge-flood-$$
client=$id-client router=$id-router proxy=$id-proxy
pids=()
clean_up() {
    for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
    for n in $client $router $proxy; do ip netns del "$n" 2>/dev/null || true; done
    rm -rf "$work"
}
trap clean_up EXIT

for n in $client $router $proxy; do ip netns add "$n"; ip -n "$n" link set lo up; done
ip -n $client link add v0 type veth peer name v0 netns $router
ip -n $router link add v1 type veth peer name v0 netns $proxy
ip -n $client addr add 10.77.0.2/24 dev v0
ip -n $router addr add 10.77.0.1/24 dev v0
ip -n $router addr add 10.77.1.1/24 dev v1
ip -n $proxy addr add 10.77.1.2/24 dev v0
ip netns exec $router sysctl -qw net.ipv4.ip_forward=1
ip -n $client link set v0 up; ip -n $router link set v0 up; ip -n $router link set v1 up; ip -n $proxy link set v0 up
ip -n $client route add default via 10.77.0.1
ip -n $proxy route add default via 10.77.1.1
# Every address of the flood and of the good clients is the client's.
ip -n $client route add local 10.78.0.0/15 dev lo
ip -n $router route add 10.78.0.0/15 via 10.77.0.2
ip netns exec $client sysctl -qw net.ipv4.ip_local_port_range="1024 65000"
ip netns exec $proxy sysctl -qw net.core.somaxconn=4096 net.ipv4.tcp_max_syn_backlog=4096

port() { sed -n "s/^backend \([0-9]*\) .*/\1/p" "$work/backend"; }
: >"$work/backend"
ip netns exec $proxy $load backend >"$work/backend" & pids+=($!)
until [ -n "$(port)" ]; do sleep 0.1; done

cat >"$work/edge.conf" <<CONF
edge {
  listeners { tls { bind = "10.77.1.2:8443", rate-limit { limit = 5, per = 5s } } }
  routes { "load.test" = load }
  backends { load { servers = ["127.0.0.1:$(port)"], health { enabled = off } } }
  log { connections = ${FLOOD_LOG:-off} }
  control { socket = "$work/ctl.sock" }
}
CONF
cat >"$work/haproxy.cfg" <<CONF
global
    maxconn 7000
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend tls
    bind 10.77.1.2:8443
    tcp-request inspect-delay 5s
    stick-table type ip size 500k expire 60s store conn_rate(5s)
    tcp-request connection track-sc0 src
    tcp-request connection silent-drop if { sc0_conn_rate gt 5 }
    acl known req_ssl_sni -i load.test
    tcp-request content silent-drop if !known
    use_backend load if known
backend load
    server s1 127.0.0.1:$(port) send-proxy-v2
CONF

good() {
    # Latencies are those after the first second, in which the load program is compiled.
    ip netns exec $client $load paced 10.77.1.2:8443 load.test --from 10.79.0.1 --addresses 100 --rate 50 --seconds $((seconds + 1))
}
figure() { sed -n "s/.* $1=\([0-9.]*\).*/\1/p" "$2"; }

one() { # NAME RATE ADDRESSES
    local name=$1 rate=$2 addresses=$3 pid drop
    case $name in
        edge*) drop="$edge run -c $work/edge.conf" ;;
        *) drop="haproxy -db -f $work/haproxy.cfg" ;;
    esac
    local caps=-all
    case $name in *+net_admin) caps=-all,+net_admin ;; esac
    ip netns exec $proxy setpriv --bounding-set=$caps --inh-caps=-all $drop >"$work/$name.log" 2>&1 & pid=$!
    pids+=("$pid")
    for _ in $(seq 100); do ip netns exec $proxy ss -Hltn 'sport = 8443' | grep -q . && break; sleep 0.1; done
    [ -d "/proc/$pid" ] || { cat "$work/$name.log" >&2; exit 1; }
    # A proxy that has worked before: .NET has compiled again most of what every connection calls, but nothing of a flood.
    ip netns exec $client $load paced 10.77.1.2:8443 load.test --from 10.79.1.1 --addresses 2000 --rate 1000 --seconds 8 >/dev/null || true
    good >"$work/quiet"
    ip netns exec $client tcpdump -i v0 -Q in -nn --immediate-mode -w "$work/cap" \
        'tcp src port 8443 and dst net 10.78.0.0/16 and tcp[13] & 5 != 0' 2>/dev/null & local dump=$!
    good >"$work/good" & local beside=$!
    sleep 1
    # The flood has normal priority. At nice 19 it waited for a CPU and then sent bursts of up to 50 connections. flood_s shows whether
    # it is late.
    ip netns exec $client $load paced 10.77.1.2:8443 load.test --from 10.78.0.1 --addresses "$addresses" --rate "$rate" \
        --patience-ms $((15000000 / rate < 3000 ? 15000000 / rate : 3000)) --seconds "$seconds" --pid "$pid" >"$work/flood" || true
    wait $beside || true
    sleep 0.5
    kill -INT $dump; wait $dump || true
    local packets; packets=$(tcpdump -nn -r "$work/cap" 2>/dev/null | wc -l)
    [ -z "${FLOOD_KEEP:-}" ] || cp "$work/$name.log" "$FLOOD_KEEP-$rate-$addresses-$name.log"
    echo "$name rate=$rate addresses=$addresses cpu_s=$(figure cpu_s "$work/flood") reset_or_fin_packets=$packets" \
        "flood: flood_s=$(figure seconds "$work/flood") connected=$(figure connected "$work/flood") resets=$(figure resets "$work/flood") fins=$(figure fins "$work/flood")" \
        "good: answered=$(figure answered "$work/good")/$((50 * (seconds + 1))) p99_us=$(figure p99_us "$work/good") quiet_p99_us=$(figure p99_us "$work/quiet")"
    kill -KILL "$pid"; wait "$pid" 2>/dev/null || true
    unset 'pids[-1]'
}

ulimit -n 1000000 2>/dev/null || ulimit -n "$(ulimit -Hn)"
floods=${FLOODS:-5000:40 20000:4 5000:2000}
peers=${PEERS:-edge haproxy}
for _ in $(seq "$repetitions"); do
    for flood in $floods; do
        for name in $peers; do
            one $name "${flood%:*}" "${flood#*:}" >"$work/line"
            tee -a "$work/lines" <"$work/line"
        done
    done
done

median() {
    sed -n "s/^$1 \(.* \)\?$2=\([0-9.]\+\).*/\2/p" "$work/lines" | sort -g |
        awk '{ v[NR] = $1 } END { if (NR) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
[ "$repetitions" -eq 1 ] || for flood in $floods; do
    for name in $peers; do
        run="$name rate=${flood%:*} addresses=${flood#*:}"
        echo "medians of $repetitions: $run" \
            "cpu_s=$(median "$run" cpu_s) p99_us=$(median "$run" p99_us) quiet_p99_us=$(median "$run" quiet_p99_us)"
    done
done
