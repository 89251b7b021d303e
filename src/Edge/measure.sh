#!/usr/bin/env bash
# Measures the published programs and writes what docs/edge.md shows: docs/results/edge.txt, the block and the table of aims. On an otherwise idle machine (Linux, x64, gcc or clang).
#   bash src/Edge/measure.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
bash src/Edge/publish.sh linux-x64-aot linux-x64
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
for target in linux-x64-aot linux-x64; do
  "artifacts/edge/$target/xanesml-edge" bench --quiet >> "$figures"
done
cp "$figures" docs/results/edge.txt
XANESML_WRITE_DOCS=1 dotnet test tests/Edge -c Release -nodeReuse:false --filter BenchPageTests
