#!/usr/bin/env bash
# Measures speed and size against real servers on this machine and prints a Markdown table: see docs/performance.md.
#
#   scripts/bench.sh                     all rows, about five minutes
#   ROWS="cpu memory" scripts/bench.sh   some of them
#
# SWELL names another program than .build/release/swell. Exit 1 when a target is missed.
set -euo pipefail
cd "$(dirname "$0")/.."

export SWELL=${SWELL:-$PWD/.build/release/swell}
[ -x "$SWELL" ] || { echo "$SWELL is not there: run 'make build' first" >&2; exit 2; }

echo "building the benchmark" >&2
swift build --package-path Benchmarks -c release --quiet
# shellcheck disable=SC2086 # a list of words
exec "$(swift build --package-path Benchmarks -c release --show-bin-path)/swell-bench" ${ROWS:-}
