#!/usr/bin/env bash
# A simulated host: a network, PID and mount namespace with a containerd of its own. Several on one
# machine don't clash, and its death is that of a machine without power. Names of the machine's that
# it takes: the bridge musterbr0 (10.98.0.1/24), network namespaces and links muster-N, pods'
# networks 10.87.N.0/24, control groups muster-*.
#
#   simulated-host up FOLDER N [REGISTRY]  N is 1...200; REGISTRY, as in 10.98.0.1:5000, in place of all
#   simulated-host boot FOLDER             starts it again after `kill`, with its disk
#   simulated-host kill FOLDER             cuts its power
#   simulated-host off FOLDER              and takes it off the network
#   simulated-host down FOLDER             and removes it
#   simulated-host containerd-kill FOLDER | containerd-start FOLDER
#   simulated-host exec FOLDER COMMAND...  runs a command on it
#   simulated-host network | no-network    the bridge
#   simulated-host check [PROGRAM...]      says what is missing, and exits 1 then
#
# Needs root and Debian's containerd, runc, containernetworking-plugins, iproute2, iptables, procps,
# util-linux. `muster up --runtime containerd` runs this too.
set -euo pipefail
bridge=musterbr0 gateway=10.98.0.1

# A daemon must not keep descriptors of its starter's: a lock, the pipe of a CI job.
shed() {
    local path number
    for path in /proc/"$BASHPID"/fd/*; do
        number=${path##*/}
        ((number <= 2)) || eval "exec $number>&-"
    done 2>/dev/null
}

# until_true SECONDS COMMAND...
until_true() {
    local left=$(($1 * 50))
    shift
    until "$@"; do
        ((left-- > 0)) || return 1
        sleep 0.02
    done
}

network() {
    ip link show "$bridge" >/dev/null 2>&1 && return
    ip link add "$bridge" type bridge
    ip address add "$gateway/24" dev "$bridge"
    ip link set "$bridge" up
}

# Lets hosts reach what this machine reaches: registries on the internet.
beyond=(POSTROUTING -s 10.98.0.0/24 ! -o "$bridge" -j MASQUERADE)
internet() {
    echo 1 >/proc/sys/net/ipv4/ip_forward
    iptables -t nat -C "${beyond[@]}" 2>/dev/null || iptables -t nat -A "${beyond[@]}"
}

inside() { nsenter -t "$(<"$folder/init.pid")" --net --pid --mount -- "$@"; }
answers() { ctr -a "$folder/containerd.sock" version >/dev/null 2>&1; }

start_containerd() {
    (shed; exec setsid nsenter -t "$(<"$folder/init.pid")" --net --pid --mount -- \
        containerd -c "$folder/containerd.toml") >>"$folder/containerd.log" 2>&1 </dev/null &
    echo $! >"$folder/nsenter.pid"
    until_true 10 answers || {
        tail -n 5 "$folder/containerd.log" >&2
        return 1
    }
}

kill_containerd() {
    local parent
    parent=$(<"$folder/nsenter.pid")
    pkill -9 -P "$parent" || true
    until_true 10 test ! -d "/proc/$parent"
}

# Whether the process that is written down is a host's first, and not another of that number.
is_up() { # [FOLDER]
    local of=${1:-$folder}
    [[ -f $of/init.pid ]] && grep -qaF "$of" "/proc/$(<"$of/init.pid")/cmdline" 2>/dev/null
}

boot() {
    local number name claim
    number=$(<"$folder/number") name=muster-$number claim=/run/muster-hosts/$number
    mkdir -p "${claim%/*}"
    if [[ -f $claim && $(<"$claim") != "$folder" ]] && is_up "$(<"$claim")"; then
        echo "the addresses of host $number are in use by $(<"$claim")" >&2
        return 1
    fi
    echo "$folder" >"$claim"
    network
    ip netns delete "$name" 2>/dev/null || true
    ip link delete "$name" 2>/dev/null || true
    rm -rf "$folder/state" "$folder"/containerd.sock*
    mkdir "$folder/state"
    ip netns add "$name"
    ip link add "$name" type veth peer name eth0 netns "$name"
    ip link set "$name" master "$bridge" up
    ip -n "$name" address add "10.98.0.$((number + 10))/24" dev eth0
    ip -n "$name" link set eth0 up
    ip -n "$name" link set lo up
    ip -n "$name" route add default via "$gateway"
    ip route replace "10.87.$number.0/24" via "10.98.0.$((number + 10))"
    # `ip netns exec` would mount /sys anew and hide the control groups.
    # Its first process only waits, and reaps orphans.
    rm -f "$folder/ready"
    (shed; exec setsid nsenter --net="/run/netns/$name" unshare --pid --mount --fork --mount-proc \
        sh -c 'mkdir -p /run/containerd; mount -t tmpfs none /run/containerd; echo >"$1/ready"
            while :; do sleep 3600 & wait $!; done' - "$folder") >/dev/null 2>&1 </dev/null &
    until_true 10 test -e "$folder/ready"
    pgrep -P $! >"$folder/init.pid"
    start_containerd
}

up() {
    local number=$1 registry=${2:-} pause=registry.k8s.io/pause:3.6
    if is_up; then return 0; fi
    if [[ -n $registry ]]; then pause=registry.test/pause:3.6; else internet; fi
    mkdir -p "$folder"/{root,cni,registries/_default}
    echo "$number" >"$folder/number"
    # restrict_oom_score_adj: without CAP_SYS_RESOURCE no sandbox starts otherwise.
    cat >"$folder/containerd.toml" <<CONF
version = 2
root = "$folder/root"
state = "$folder/state"
[grpc]
  address = "$folder/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$folder/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$folder/registries"
[plugins."io.containerd.internal.v1.opt"]
  path = "$folder/opt"
CONF
    # Every registry's images come from this one; without `server` a missing one would be looked
    # for on the internet.
    rm -f "$folder/registries/_default/hosts.toml"
    [[ -z $registry ]] || cat >"$folder/registries/_default/hosts.toml" <<CONF
server = "http://$registry"
[host."http://$registry"]
  capabilities = ["pull", "resolve"]
CONF
    cat >"$folder/cni/10-muster.conflist" <<CONF
{ "cniVersion": "0.4.0", "name": "muster", "plugins": [
  { "type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
    "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.87.$number.0/24" }]],
      "routes": [{ "dst": "0.0.0.0/0" }], "dataDir": "$folder/addresses" } },
  { "type": "portmap", "capabilities": { "portMappings": true } } ] }
CONF
    boot
}

cut_power() {
    local init
    is_up || return 0
    init=$(<"$folder/init.pid")
    kill -9 "$init" 2>/dev/null || true
    # Gone only once every process inside is.
    until_true 10 test ! -d "/proc/$init"
    rm -f "$folder/init.pid" "$folder/nsenter.pid"
}

off() {
    cut_power
    if [[ -f $folder/number ]]; then
        local number
        number=$(<"$folder/number")
        ip netns delete "muster-$number" 2>/dev/null || true
        ip link delete "muster-$number" 2>/dev/null || true
        ip route delete "10.87.$number.0/24" 2>/dev/null || true
        rm -f "/run/muster-hosts/$number"
    fi
}

down() {
    off
    rm -rf "$folder"
    # Those of this host's tasks: what others run is not empty.
    find /sys/fs/cgroup -mindepth 1 -depth -type d -path '*/muster-*' -exec rmdir {} + 2>/dev/null || true
}

check() {
    local program missing=()
    ((EUID == 0)) || missing+=(root)
    for program in containerd ctr runc ip iptables nsenter pgrep "$@"; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    [[ -x /usr/lib/cni/bridge && -x /usr/lib/cni/portmap ]] || missing+=(containernetworking-plugins)
    ((${#missing[@]})) || unshare --net --pid --mount --fork --mount-proc true 2>/dev/null ||
        missing+=("the right to make namespaces")
    ((${#missing[@]} == 0)) || {
        echo "missing: ${missing[*]}"
        return 1
    }
}

verb=${1:-}
(($# == 0)) || shift
case $verb in
network) network; exit ;;
check) check "$@"; exit ;;
no-network)
    # Others may have hosts on it.
    [[ -z $(ls -A "/sys/class/net/$bridge/brif" 2>/dev/null) ]] || exit 0
    ip link delete "$bridge" 2>/dev/null || true
    iptables -t nat -D "${beyond[@]}" 2>/dev/null || true
    exit ;;
esac
(($# > 0)) || {
    sed -n '2,/^set /p' "$0" | sed '$d' >&2
    exit 2
}
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
case $verb in
up) up "$@" ;;
is-up) is_up ;;
boot) boot ;;
kill) cut_power ;;
off) off ;;
down) down ;;
containerd-kill) kill_containerd ;;
containerd-start) start_containerd ;;
exec) exec nsenter -t "$(<"$folder/init.pid")" --net --pid --mount -- "$@" ;;
*) echo "simulated-host: no such command: $verb" >&2; exit 2 ;;
esac
