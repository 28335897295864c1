#!/usr/bin/env bash
# Measures relaywatch beside `wc -l` and pflogsumm on the same generated log, and on those of other servers, and prints
# one table.
#
#   benches/compare.sh SIZE FOLDER       for example: benches/compare.sh 1GB /var/tmp/compare
#   RUNS=9 benches/compare.sh 200MB /tmp/compare
#
# Every row is measured RUNS times (5 unless set), all rows in turn, so that a disturbance hits all of them; files are
# read once before, so that they come from the cache. Needs bash, GNU time, gzip, awk; pflogsumm is left out where it
# is missing. FOLDER takes ten times SIZE; logs that are there already are used again.
set -euo pipefail

if [ $# -ne 2 ]; then
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
size=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
runs=${RUNS:-5}
cd "$(dirname "$0")/.."

cargo build --release --quiet --bin relaywatch --example maillog
release=${CARGO_TARGET_DIR:-target}/release
relaywatch=$release/relaywatch

# A log of its own for each question; the site's own figures become the configuration.
generate() { # NAME OPTION...
    local name=$1 log=$folder/$1-$size.log
    shift
    if [ ! -s "$log.toml" ]; then
        echo "generating $log" >&2
        "$release/examples/maillog" --size "$size" --seed 1 "$@" --out "$log" --truth "$log.json"
        awk '/^  "site": \{/ { on = 1; print "[site]"; next }
             on && /^  \}/ { exit }
             on && /": \[/ { sub(/^ *"/, ""); sub(/": \[/, " = ["); print; next }
             on && /^ *\],?$/ { print "]"; next }
             on { print }' "$log.json" >"$log.toml"
    fi
}
generate usual
generate sendmail --server sendmail
generate exim --server exim
generate exchange-tracking --server exchange-tracking
generate exchange-protocol --server exchange-protocol
generate iis --server iis
generate sources-10M --sources 10000000 # ten times the usual
generate in-flight-1k --in-flight 1000
generate in-flight-10k --in-flight 10000
usual=$folder/usual-$size.log
[ -s "$usual.gz" ] || gzip --keep "$usual"

results=$(mktemp -d)
trap 'rm -r "$results"' EXIT
TIMEFORMAT='%R %U %S'

# Runs a command on a file and notes wall time, user time, system time (s) and peak memory (kB).
measure() { # LABEL FILE COMMAND...
    local label=$1 file=$2 times
    shift 2
    cat "$file" >/dev/null
    times=$({ time command time -f %M -o "$results/memory" "$@" >"$results/output" 2>"$results/errors"; } 2>&1) || {
        echo "$label failed: $*" >&2
        cat "$results/errors" >&2
        exit 1
    }
    printf '%s\t%s\t%s %s\n' "$label" "${file%.gz}" "$times" "$(tail -n 1 "$results/memory")" >>"$results/all"
}
analyze() { # LABEL FILE
    measure "$1" "$2" "$relaywatch" analyze --timezone UTC --output json --config "${2%.gz}.toml" "$2"
}
for ((run = 1; run <= runs; run++)); do
    echo "run $run of $runs" >&2
    measure 'wc -l' "$usual" wc -l "$usual"
    if command -v pflogsumm >/dev/null; then
        measure 'pflogsumm' "$usual" pflogsumm "$usual"
    fi
    analyze 'relaywatch analyze' "$usual"
    analyze 'relaywatch analyze, gzip' "$usual.gz"
    measure 'gzip -dc' "$usual.gz" gzip -dc "$usual.gz"
    analyze 'relaywatch, Sendmail' "$folder/sendmail-$size.log"
    analyze 'relaywatch, Exim' "$folder/exim-$size.log"
    analyze 'relaywatch, Exchange tracking' "$folder/exchange-tracking-$size.log"
    analyze 'relaywatch, Exchange protocol' "$folder/exchange-protocol-$size.log"
    analyze 'relaywatch, IIS' "$folder/iis-$size.log"
    analyze 'relaywatch, ten times the sources' "$folder/sources-10M-$size.log"
    analyze 'relaywatch, 1 000 in flight' "$folder/in-flight-1k-$size.log"
    analyze 'relaywatch, 10 000 in flight' "$folder/in-flight-10k-$size.log"
done

# What the files hold: bytes and lines, of the uncompressed log.
for log in "$folder"/*-"$size".log; do
    printf '%s\t%s\n' "$log" "$(wc -cl <"$log")"
done >"$results/files"

echo "$size, $(nproc) cores ($(awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)), $(date -u +%F)," \
    "$runs runs each, $("$relaywatch" --version)"
echo
awk -F '\t' '
    # The middle of the n values that stand in list[row, 1..n]; sorts them.
    function median(list, row, n,    i, j, held) {
        for (i = 2; i <= n; i++) {
            held = list[row, i]
            for (j = i - 1; j >= 1 && list[row, j] > held; j--) list[row, j + 1] = list[row, j]
            list[row, j + 1] = held
        }
        return n % 2 ? list[row, (n + 1) / 2] : (list[row, n / 2] + list[row, n / 2 + 1]) / 2
    }
    FILENAME ~ /files$/ { split($2, words, " "); lines[$1] = words[1]; bytes[$1] = words[2]; next }
    {
        if (!($1 in count)) order[++rows] = $1
        split($3, times, " ")
        n = ++count[$1]
        wall[$1, n] = times[1]; cpu[$1, n] = times[2] + times[3]; file[$1] = $2
        if (times[4] > memory[$1]) memory[$1] = times[4]
    }
    END {
        print "| what | CPU s min | median | wall s min | median | wall / CPU | CPU s per GB | CPU ns per line | MB/s | peak MB | pflogsumm / it |"
        print "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        for (i = 1; i <= rows; i++) {
            name = order[i]; n = count[name]
            cpu_median = median(cpu, name, n); wall_median = median(wall, name, n)
            gigabytes = bytes[file[name]] / 1e9
            if (name == "pflogsumm") slow = wall_median
            ratio = slow && name ~ /^relaywatch analyze/ ? sprintf("%.0f", slow / wall_median) : ""
            if (wall_median == 0) wall_median = 0.001
            if (cpu_median == 0) cpu_median = 0.001
            printf "| `%s` | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.0f | %.0f | %.0f | %s |\n", name, cpu[name, 1], \
                cpu_median, wall[name, 1], wall_median, wall_median / cpu_median, cpu_median / gigabytes, \
                cpu_median * 1e9 / lines[file[name]], gigabytes * 1000 / wall_median, memory[name] / 1024, ratio
        }
    }' "$results/files" "$results/all"
