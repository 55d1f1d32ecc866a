# What the scripts of this folder share. Sourced with bash, from the package's root, under
# `set -euo pipefail`.

# Debian's and Ubuntu's names of what Muster is built from and tested with.
PACKAGES=(
    libnghttp2-dev libprotobuf-c-dev libsqlite3-dev zlib1g-dev pkg-config git
    protobuf-c-compiler protobuf-compiler
    python3 python3-venv python3-pip nghttp2-client
)
# The benchmark of the transport takes these besides, for its load and its peers.
BENCH_PACKAGES=(
    g++ libgrpc++-dev libprotobuf-dev protobuf-compiler-grpc util-linux
)
# What the tests with other implementations of gRPC need besides.
INTEROP_PACKAGES=(g++ libgrpc++-dev libprotobuf-dev protobuf-compiler-grpc openssl tshark)
# What the tests with real containers need besides: containerd, images, simulated hosts.
CONTAINER_PACKAGES=(
    containerd runc containernetworking-plugins docker-registry skopeo busybox-static
    iproute2 iptables util-linux procps curl gcc libc6-dev
)
# The folder of the virtual environment that `make_clients` makes.
CLIENTS=$PWD/.build/venv

say() { printf '[%3dm%02ds] %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"; }
die() { say "FAILED: $*" >&2; exit 1; }

# quietly NAME COMMAND...: runs a command with its output in .build/logs/NAME.log, a line every 15
# seconds on how far it is, and the log's end when it fails.
quietly() {
    local name=$1 log=$PWD/.build/logs/$1.log status=0
    shift
    mkdir -p "${log%/*}"
    # Ends with the script, however that ends.
    while sleep 15 >/dev/null 2>&1 && kill -0 $$; do
        say "  $name: $(tail -n 1 "$log" | cut -c 1-100)"
    done &
    local reporter=$!
    "$@" >"$log" 2>&1 </dev/null || status=$?
    kill "$reporter" && wait "$reporter" 2>/dev/null || true
    if ((status != 0)); then
        grep -E 'error:|fatal:' "$log" | sort -u | head -n 40 || true
        tail -n 40 "$log"
        die "$name (status $status; all of it in $log)"
    fi
}

need_swift() {
    command -v swift >/dev/null || die "no swift on PATH: install a toolchain of 6.2 or later" \
        "from https://www.swift.org/install/linux/"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')
    [[ $(printf '%s\n' 6.2 "$version" | sort -V | head -n 1) == 6.2 ]] ||
        die "swift is ${version:-of an unknown version}: 6.2 or later is needed"
}

# install_packages [PACKAGE...]: installs the packages of the system, and those named, that are
# missing. Asks the archive for nothing if none is.
install_packages() {
    command -v apt-get >/dev/null || die "this script knows Debian and Ubuntu only; elsewhere" \
        "install the like of: ${PACKAGES[*]} $*"
    local package missing=()
    for package in "${PACKAGES[@]}" "$@"; do
        [[ $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) == *' installed' ]] ||
            missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]}"
    local root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "as root: apt-get install ${missing[*]}"
        root=(sudo)
    fi
    quietly apt-update "${root[@]}" apt-get update
    quietly apt-install "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}"
}

# Installs what the tests with real containers need where they can run, or says why they are left out.
prepare_containers() {
    local packages=("${CONTAINER_PACKAGES[@]}") missing
    if ((EUID != 0)); then
        say "not root: the tests with real containers are left out"
        return 0
    fi
    # One that came another way, as with Docker's packages, stays.
    if command -v containerd >/dev/null && command -v runc >/dev/null; then
        packages=("${packages[@]:2}")
    fi
    local had_registry=yes
    command -v docker-registry >/dev/null || had_registry=
    # What this can't have leaves out these tests, not all of them.
    (install_packages "${packages[@]}") ||
        say "can't install what the tests with real containers need"
    # Debian's package starts a registry of its own, which nobody asked for.
    if [[ -z $had_registry && -d /run/systemd/system ]]; then
        systemctl disable --now docker-registry >/dev/null 2>&1 || true
    fi
    if ! missing=$(deploy/lib/simulated-host check docker-registry skopeo busybox gcc curl); then
        say "the tests with real containers are left out: $missing"
    elif ! (quietly images deploy/images/build .build/images); then
        say "the tests with real containers are left out: no images"
    fi
}

# Makes the virtual environment of the AWS CLI, boto3 and grpcio, unless it is there as asked for.
make_clients() {
    local stamp=$CLIENTS/requirements.txt
    cmp -s deploy/requirements.txt "$stamp" && return 0
    say "making a Python environment of clients"
    rm -rf "$CLIENTS"
    mkdir -p "${CLIENTS%/*}"
    # The system's python first: the packages above make sure that it can make environments.
    local python=/usr/bin/python3
    [[ -x $python ]] || python=$(command -v python3)
    quietly venv "$python" -m venv "$CLIENTS"
    quietly pip "$CLIENTS/bin/pip" install --disable-pip-version-check -r deploy/requirements.txt
    cp deploy/requirements.txt "$stamp"
}

# Builds with optimization; the programs are then in $RELEASE.
build_release() {
    say "building (release)"
    quietly build-release swift build -c release --static-swift-stdlib
    RELEASE=$(swift build -c release --static-swift-stdlib --show-bin-path)
}

# Builds the peers of the transport benchmark; the programs are then in $PEERS.
build_peers() {
    local sources=Sources/bench-peers generated=.build/peers/cpp swift=.build/peers/grpc-swift
    PEERS=$PWD/.build/peers/bin
    mkdir -p "$PEERS" "$generated"
    say "building the peers: bare C, C++ gRPC, grpc-swift-2 (the first time takes minutes)"
    # shellcheck disable=SC2046 # pkg-config prints words
    quietly peer-c gcc -O2 -std=gnu11 -Wall -Wextra -I Sources/CWire/include \
        -o "$PEERS/c-server" "$sources"/c/*.c Sources/CWire/bench/v1/bench.pb-c.c \
        $(pkg-config --cflags --libs libnghttp2 libprotobuf-c)
    quietly peer-count gcc -O2 -std=gnu11 -Wall -Wextra -shared -fPIC \
        -o "$PEERS/count-allocations.so" "$sources"/count/*.c -ldl
    quietly peer-protoc protoc --proto_path=Protos --cpp_out="$generated" \
        --grpc_out="$generated" --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" \
        bench/v1/bench.proto
    # shellcheck disable=SC2046
    quietly peer-cpp g++ -O2 -std=c++17 -Wall -Wextra -I "$generated" \
        -o "$PEERS/cpp-server" "$sources/cpp/server.cc" "$generated"/bench/v1/*.cc \
        $(pkg-config --cflags --libs grpc++ protobuf) -pthread
    quietly peer-grpc-swift swift build -c release --package-path "$sources/grpc-swift" \
        --scratch-path "$swift" --product grpc-swift-peer
    cp "$swift/release/grpc-swift-peer" "$PEERS/grpc-swift-server"
}
