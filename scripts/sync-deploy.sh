#!/usr/bin/env bash
# Copies what has its home elsewhere into deploy/: the alert rules into the PrometheusRule of the overlay and into the Helm chart,
# and the custom resource definitions into the chart. Tests/DeployTests tell when this was forgotten.
set -euo pipefail
cd "$(dirname "$0")/.."

rules=dashboards/swell-rules.yaml
overlay=deploy/overlays/prometheus-operator/prometheus-rule.yaml
chart=deploy/helm/swell/files

{
  cat <<HEAD
# Made from $rules by scripts/sync-deploy.sh; edit it there.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: swell
  namespace: swell-system
  labels:
    app.kubernetes.io/name: swell
    app.kubernetes.io/part-of: swell
spec:
HEAD
  sed -n '/^groups:/,$p' "$rules" | sed -e 's/^\(.\)/  \1/'
} >"$overlay"

# Copies, not symbolic links: several tools that fetch charts leave links out.
rm -rf "$chart"
mkdir -p "$chart/crds"
cp deploy/base/crds/*.yaml "$chart/crds/"
cp "$rules" "$chart/swell-rules.yaml"
