#!/usr/bin/env bash
# What the service takes while a log grows: CPU, memory, and how long an alert is under way.
#
#   benches/live.sh LOG [FOLDER]      LOG: a generated log (`cargo run --release --example maillog`), FOLDER: for what is made
#
# Needs Python 3, for a writer that keeps its pace and a web server that tells when something arrives.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
log=$(realpath "$1")
folder=${2:-$(mktemp -d)}
mkdir -p "$folder"
cargo build --release --bin relaywatch
program=${CARGO_TARGET_DIR:-target}/release/relaywatch

cat > "$folder/hook.py" <<'PY'
import http.server, json, time
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        print(time.time(), told["type"], told["data"]["subject"]["value"], flush=True)
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", 9399), Hook).serve_forever()
PY
cat > "$folder/write.py" <<'PY'
import sys, time
lines, out, rate, seconds = open(sys.argv[1], "rb"), open(sys.argv[2], "ab", buffering=0), int(sys.argv[3]), 25
begin, written, attacked = time.time(), 0, False
stamp = b"2026-03-02T00:00:00+00:00"
while (passed := time.time() - begin) < seconds:
    due = int(passed * rate) - written
    if due > 0:
        block = [lines.readline() for _ in range(due)]
        stamp = block[-1][:15]
        out.write(b"".join(block))
        written += due
    if passed > 15 and not attacked:
        attacked = True
        text = lambda daemon, said: stamp + b" mx9 postfix/" + daemon + b"[77]: ABCDEF1234: " + said + b"\n"
        out.write(text(b"smtpd", b"client=unknown[198.18.7.7]")
            + text(b"qmgr", b"from=<a@bait.example>, size=100, nrcpt=1 (queue active)")
            + text(b"smtp", b"to=<x@far.example>, relay=mx.far.example[198.51.100.9]:25, delay=1, delays=0/0/0/1, "
                   b"dsn=2.0.0, status=sent (250 ok)"))
        print(time.time(), flush=True)
    time.sleep(0.01)
PY
cat > "$folder/config.toml" <<TOML
[site]
local_domains = ["corp.example"]
[monitor]
state = "$folder/state"
[[sink]]
name = "hook"
type = "webhook"
url = "http://127.0.0.1:9399/"
TOML

python3 "$folder/hook.py" > "$folder/hook.out" & hook=$!
trap 'kill $hook 2>/dev/null' EXIT
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
for rate in 0 10000 50000; do
    rm -rf "$folder/state" "$folder/live.log"
    : > "$folder/live.log"
    "$program" monitor --config "$folder/config.toml" "$folder/live.log" 2> "$folder/err.$rate" & service=$!
    sleep 1
    before=$(ticks $service)
    written=$(python3 "$folder/write.py" "$log" "$folder/live.log" "$rate")
    after=$(ticks $service)
    arrived=$(grep 198.18.7.7 "$folder/hook.out" | tail -n 1 | cut -d' ' -f1)
    memory=$(awk '/VmHWM/ {print $2}' "/proc/$service/status")
    kill $service
    wait $service
    python3 -c "print('$rate lines/s: %.1f %% of a core, %.0f MB, %.1f s to the webhook' \
        % (($after - $before) / 25, $memory / 1e3, ${arrived:-0} - $written))"
done
