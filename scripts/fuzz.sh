#!/usr/bin/env bash
# Runs each fuzz target with libFuzzer for FUZZ_SECONDS (60), starting from the committed corpus in Fuzz/Corpus.
#
#   scripts/fuzz.sh                     all targets
#   scripts/fuzz.sh Manifests           one of them
#   scripts/fuzz.sh --keep              afterwards add to Fuzz/Corpus the inputs that reach code no other one reaches
#
# libFuzzer comes with Swift's own clang: there is nothing to install. The build is a release build (overflow and bounds
# checks on) with every module instrumented, in Fuzz/.build; what the runs collect is in .cache/fuzz, so that the next run
# goes on where this one ended. An input that breaks something is kept in .cache/fuzz/findings, and the exit status is 1.
set -euo pipefail
cd "$(dirname "$0")/.."

all=(RedisReplies PrometheusAnswers Quantities Selectors Manifests)
keep=0 targets=()
for argument in "$@"; do
  case $argument in
    --keep) keep=1 ;;
    *) targets+=("$argument") ;;
  esac
done
[ "${#targets[@]}" -gt 0 ] || targets=("${all[@]}")
seconds=${FUZZ_SECONDS:-60}

runtime=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')/clang/lib/linux
if ! ls "$runtime"/libclang_rt.fuzzer-*.a >/dev/null 2>&1; then
  echo "libFuzzer is not part of this Swift toolchain ($runtime): use one from swift.org" >&2
  exit 1
fi

echo "building the fuzz targets"
swift build --package-path Fuzz -c release --sanitize fuzzer --quiet
programs=$(swift build --package-path Fuzz -c release --sanitize fuzzer --show-bin-path)

# Swift's own report of a crash would keep libFuzzer from saving the input.
export SWIFT_BACKTRACE=enable=no
work=.cache/fuzz
mkdir -p "$work/findings" "$work/logs"
failed=0
printf '%-18s %12s %9s %7s %9s %7s  %s\n' target runs runs/s edges features corpus result
for target in "${targets[@]}"; do
  corpus=$work/$target log=$work/logs/$target.log result=clean
  mkdir -p "$corpus"
  options=(-timeout=20 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1
    "-artifact_prefix=$work/findings/$target-")
  dictionary=Fuzz/Dictionaries/$target.dict
  [ ! -f "$dictionary" ] || options+=("-dict=$dictionary")
  if ! "$programs/Fuzz$target" "${options[@]}" -max_total_time="$seconds" "$corpus" "Fuzz/Corpus/$target" >"$log" 2>&1
  then
    failed=1
    result="FAILED: $(grep -aoE 'Fatal error: .*|ERROR: libFuzzer: .*' "$log" | head -1 | cut -c1-160)"
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  state=$(grep -aE '^#[0-9]+.* cov: ' "$log" | tail -1 || true)
  field() { sed -nE "s/.* $1: ([0-9]+).*/\1/p" <<<"$state"; }
  printf '%-18s %12s %9s %7s %9s %7s  %s\n' \
    "$target" "${runs:-?}" "${rate:-?}" "$(field cov)" "$(field ft)" "$(field corp)" "$result"
  if [ "$result" != clean ]; then
    saved=$(sed -n 's/.*Test unit written to //p' "$log" | head -1)
    echo "  log: $log"
    [ -z "$saved" ] || echo "  again: SWIFT_BACKTRACE=enable=no $programs/Fuzz$target $saved"
    [ -z "$saved" ] || echo "  once mended: cp $saved Fuzz/Corpus/$target/ (the tests replay it)"
  elif [ "$keep" -eq 1 ]; then
    "$programs/Fuzz$target" -merge=1 -use_counters=0 -use_cmp=0 -timeout=20 "Fuzz/Corpus/$target" "$corpus" >>"$log" 2>&1
    echo "  Fuzz/Corpus/$target now has $(find "Fuzz/Corpus/$target" -type f | wc -l) inputs"
  fi
done
exit "$failed"
