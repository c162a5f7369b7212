#!/usr/bin/env bash
# The tour of `make run`: a private Redis with 500 requests delivered and not acknowledged, Swell in front of it, a
# simulated fleet that follows, and workers that acknowledge until nothing is left. Stops on Ctrl-C, or after DURATION
# seconds.
set -euo pipefail
cd "$(dirname "$0")/.."

swell=${SWELL:-.build/release/swell}
work=$(mktemp -d)
redis_pid='' worker_pid='' swell_pid=''
clean_up() {
  trap - EXIT INT TERM
  for pid in $swell_pid $worker_pid $redis_pid; do kill "$pid" 2>/dev/null || true; done
  for pid in $swell_pid $worker_pid $redis_pid; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
redis_port=$(free_port) api_port=$(free_port) metrics_port=$(free_port)
export REDISCLI_AUTH=example-only # the password in the example's Secret
redis() { redis-cli -h 127.0.0.1 -p "$redis_port" --no-auth-warning "$@"; }

redis-server --bind 127.0.0.1 --port "$redis_port" --requirepass "$REDISCLI_AUTH" --save '' --appendonly no \
  --dir "$work" --logfile "$work/redis.log" &
redis_pid=$!
for _ in $(seq 100); do redis ping >/dev/null 2>&1 && break; sleep 0.1; done

redis xgroup create inference-requests workers 0 mkstream >/dev/null
for i in $(seq 500); do echo "XADD inference-requests * request $i"; done | redis --pipe >/dev/null
redis xreadgroup group workers demo count 500 streams inference-requests '>' >/dev/null
echo "Redis on port $redis_port: $(redis xpending inference-requests workers | head -1) requests delivered to workers, none acknowledged."

# The example as it is, but for the port, and with waiting times that suit a spectator.
cp -r deploy/examples/inference "$work/manifests"
sed -i -e "s/127.0.0.1:6379/127.0.0.1:$redis_port/" \
  -e 's/pollingInterval: 15/pollingInterval: 2/' -e 's/cooldownPeriod: 180/cooldownPeriod: 10/' \
  -e 's/stabilizationWindowSeconds: 300/stabilizationWindowSeconds: 15/' \
  -e 's/periodSeconds: 60/periodSeconds: 3/' "$work/manifests/scaledobject.yaml"
sed -i -E 's/value: 5, periodSeconds/value: 10, periodSeconds/' "$work/manifests/scaledobject.yaml"
echo "deploy/examples/inference runs with shorter times: polls every 2 s, cooldown 10 s, scale-down window 15 s, HPA every 5 s."

metric="https://127.0.0.1:$api_port/apis/external.metrics.k8s.io/v1beta1/namespaces/ai-inference/redis_stream_length"
cat <<EOF

The metric, as the HPA of a cluster would read it:
  curl -sk $metric
Why this many replicas:
  $swell explain ai-inference/inference-workers --server http://127.0.0.1:$metrics_port

EOF

# The workers: wait until the fleet has grown, then acknowledge 20 requests a second.
(
  for _ in $(seq 300); do
    curl -s "http://127.0.0.1:$metrics_port/api/v1/scaledobjects/ai-inference/inference-workers" 2>/dev/null |
      grep -q '"currentReplicas" *: *50' && break
    sleep 1
  done
  sleep 3
  while true; do
    ids=$(redis xpending inference-requests workers - + 20 | awk 'NR % 4 == 1' | tr '\n' ' ')
    [ -n "${ids// /}" ] || break
    # shellcheck disable=SC2086
    redis xack inference-requests workers $ids >/dev/null
    sleep 1
  done
) &
worker_pid=$!

duration=()
[ -z "${DURATION:-}" ] || duration=(--duration "${DURATION}s")
"$swell" local -f "$work/manifests" -o table --secure-port "$api_port" --metrics-port "$metrics_port" \
  --pod-start-seconds 2 --hpa-sync-period 5s "${duration[@]}" &
swell_pid=$!
# `wait` ends early when a signal arrives; the trap then stops everything.
wait "$swell_pid"
