#!/usr/bin/env bash
# Builds relaywatch for what it mostly does (profile-guided optimization): compiles it so that it counts, lets it analyze
# generated logs of several servers, and compiles it again for what was counted. Prints where the program is.
#
#   packaging/optimize.sh
#
# Needs what building needs, and the tools of the compiler: rustup component add llvm-tools
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
host=$(rustc --version --verbose | sed -n 's/^host: //p')
tools=$(rustc --print sysroot)/lib/rustlib/$host/bin
if [ ! -x "$tools/llvm-profdata" ]; then
    echo "llvm-profdata is missing in $tools; install it with: rustup component add llvm-tools" >&2
    exit 1
fi
# The compiler is told of it: under another name it would compile everything again.
folder=$target/optimized/profile
rm -rf "$folder"
mkdir -p "$folder"

cargo build --release --example maillog
for server in postfix sendmail exim exchange; do
    "$target/release/examples/maillog" --server "$server" --size 40MB --seed 7 --out "$folder/$server" \
        --truth "$folder/truth.json"
done

# A target that is stated keeps the flags from build scripts and macros.
build() { # FLAGS
    RUSTFLAGS="${RUSTFLAGS:-} $1" cargo build --release --bin relaywatch --target "$host" --target-dir "$target/optimized"
}
program=$target/optimized/$host/release/relaywatch
build "-Cprofile-generate=$folder/counts"
for server in postfix sendmail exim exchange; do
    "$program" analyze --output json "$folder/$server" >"$folder/report.json"
done
"$tools/llvm-profdata" merge --output "$folder/profile" "$folder/counts"
build "-Cprofile-use=$folder/profile"
echo "$program"
