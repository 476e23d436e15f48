#!/bin/sh
# Has Hetzner Cloud send the floating IPs to this server: notify-hetzner.sh MASTER, or as keepalived's notify, INSTANCE NAME MASTER PRIORITY. Other
# states only end the attempts of a MASTER that is none any more. "notify-hetzner.sh --dry-run MASTER" prints the requests and sends none.
# Settings from edge.env or the environment: HCLOUD_TOKEN_FILE (or HCLOUD_TOKEN), HCLOUD_FLOATING_IPS, HCLOUD_SERVER.
set -u
here=$(dirname "$0")
# shellcheck disable=SC1090,SC1091 # settings of the one who runs it
[ -r "${EDGE_ENV:=$here/edge.env}" ] && . "$EDGE_ENV"
: "${HCLOUD_API:=https://api.hetzner.cloud/v1}" "${HCLOUD_METADATA:=http://169.254.169.254/hetzner/v1/metadata}"
: "${EDGE_HETZNER_STATE:=/run/edge-hetzner}" "${HCLOUD_ATTEMPTS:=10}"

say() { logger -s -t edge-hetzner -- "$*" || echo "edge-hetzner: $*" >&2; }
die() {
    say "$*"
    exit 1
}
is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }

dry=
if [ "${1:-}" = --dry-run ]; then
    dry=1
    shift
fi
if [ $# -ge 3 ]; then state=$3; else state=${1:-}; fi
case $state in
    MASTER | BACKUP | FAULT | STOP | DELETED) ;;
    *) die "no state of VRRP: $*" ;;
esac
mine="$state $$"
if [ -z "$dry" ]; then
    if ! { echo "$mine" >"$EDGE_HETZNER_STATE.$$" && mv "$EDGE_HETZNER_STATE.$$" "$EDGE_HETZNER_STATE"; }; then
        die "cannot write $EDGE_HETZNER_STATE"
    fi
fi
[ "$state" = MASTER ] || exit 0

server=${HCLOUD_SERVER:-$(curl --silent --fail --noproxy '*' --max-time 3 "$HCLOUD_METADATA/instance-id")}
is_number "$server" || die "HCLOUD_SERVER is not known: expected the number of this server"
[ -n "${HCLOUD_FLOATING_IPS:-}" ] || die "HCLOUD_FLOATING_IPS is not set: expected the numbers of the floating IPs"
for ip in $HCLOUD_FLOATING_IPS; do
    is_number "$ip" || die "HCLOUD_FLOATING_IPS: '$ip' is no number of a floating IP"
done
body="{\"server\":$server}"
if [ -n "$dry" ]; then
    for ip in $HCLOUD_FLOATING_IPS; do
        printf 'POST %s/floating_ips/%s/actions/assign\nAuthorization: Bearer ...\nContent-Type: application/json\n\n%s\n' "$HCLOUD_API" "$ip" "$body"
    done
    exit 0
fi
token=${HCLOUD_TOKEN:-}
[ -z "${HCLOUD_TOKEN_FILE:-}" ] || token=$(cat "$HCLOUD_TOKEN_FILE") || die "cannot read $HCLOUD_TOKEN_FILE"
case $token in
    '' | *[!A-Za-z0-9]*) die "there is no token: expected HCLOUD_TOKEN_FILE or HCLOUD_TOKEN, of letters and digits" ;;
esac

# The token goes to curl by its standard input: command lines are for everyone to see, and printf is the shell's own.
assign() {
    printf 'header = "Authorization: Bearer %s"\n' "$token" |
        curl --config - --silent --show-error --output /dev/null --write-out '%{http_code}' --noproxy 127.0.0.1 --connect-timeout 2 --max-time 5 \
            --request POST --header 'Content-Type: application/json' --data "$body" "$HCLOUD_API/floating_ips/$1/actions/assign" 2>&1
}

left=$HCLOUD_FLOATING_IPS
attempt=0
refused=0
while [ -n "$left" ]; do
    attempt=$((attempt + 1))
    again=
    for ip in $left; do
        # A change since then has the word; this one must not take the address away from the other node again.
        [ "$(cat "$EDGE_HETZNER_STATE")" = "$mine" ] || die "no more $state, floating IP $ip is left alone"
        answer=$(assign "$ip")
        case $answer in
            2??) say "floating IP $ip is assigned to server $server" ;;
            401 | 403 | 404 | 422)
                say "floating IP $ip was refused: HTTP $answer"
                refused=1
                ;;
            *)
                say "floating IP $ip was not assigned: $answer"
                again="$again $ip"
                ;;
        esac
    done
    left=${again# }
    [ -z "$left" ] || [ "$attempt" -lt "$HCLOUD_ATTEMPTS" ] || die "gave up on floating IPs $left after $attempt attempts"
    [ -z "$left" ] || sleep 1
done
exit "$refused"
