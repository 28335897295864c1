#!/usr/bin/env bash
# Takes the pictures (docs/watch/*.svg, of a generated log) and the texts (docs/watch/panes.md, of a sample) of all panes.
# Needs tmux.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cargo build --quiet --bin relaywatch --example svg --example maillog
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug
folder=$(mktemp -d)
tmux() { command tmux -S "$folder/tmux" -u -f /dev/null "$@"; }
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$folder"' EXIT
export LANG=C.UTF-8

# Presses keys and waits for what they show.
press() {
    local shows=$1 key
    shift
    for key in "$@"; do
        tmux send-keys "$key"
        sleep 0.5
    done
    for _ in $(seq 100); do
        tmux capture-pane -p | grep -q -- "$shows" && return
        sleep 0.1
    done
    echo "the screen does not show '$shows'" >&2
    exit 1
}

# All panes of a log in a folder, with a configuration; the fourth takes what tmux shows.
panes() {
    local in=$1 log=$2 config=$3 take=$4
    tmux new-session -d -c "$in" -x 80 -y 24 \
        "TERM=screen-256color $target/relaywatch watch --config $config --state $folder --from start $log"
    # Until all is read, and the lines of the last second are none.
    sleep 3
    press '  live  [0-9:]* *$'; "$take" overview
    press CRITICAL 2; "$take" alerts
    press 'What to change' Enter; "$take" alert
    press attempts Escape 3; "$take" sources
    press Accounts 4; "$take" accounts
    press authority 5; "$take" flow
    press outcome 6; "$take" messages
    press Recipients / 203.0.113 Enter Enter; "$take" message
    press 'The newest' Escape 7 Up Up; "$take" lines
    tmux kill-server
}

picture() { tmux capture-pane -e -N -p | "$target/examples/svg" >"docs/watch/$1.svg"; }
text() { printf '\n## %s\n\n```text\n%s\n```\n' "$1" "$(tmux capture-pane -p)" >>docs/watch/panes.md; }

# An hour that ends with strangers relaying.
"$target/examples/maillog" --size 3MB --days 1 --sources 2000 --out "$folder/all.log"
sed '/^Mar  2 00:52:3/,$d' "$folder/all.log" >"$folder/mail.log"
cat >"$folder/site.toml" <<'TOML'
[site]
local_domains = ["corp.example", "shop.example"]
relay_domains = ["branch.example", "depot.example"]
trusted_networks = ["192.0.2.0/24", "2001:db8:1::/48"]
TOML
panes "$folder" mail.log site.toml picture

cat >docs/watch/panes.md <<'MD'
# The panes as text

`relaywatch watch --from start --config samples/config.toml samples/postfix/open-relay.log`, in a terminal of 80 x 24.
MD
panes "$PWD" samples/postfix/open-relay.log samples/config.toml text
