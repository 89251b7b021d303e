#!/usr/bin/env bash
# Runs a published xanesml-edge as on a beamline PC: in an empty folder, without network (where the system lets us take it away), without .NET on PATH and without any variable that names it.
#   bash src/Edge/smoke-test.sh artifacts/edge/linux-x64
set -euo pipefail
folder="$(cd "$1" && pwd)"
work="$(mktemp -d)"
server=""
trap '[ -z "$server" ] || kill "$server" 2> /dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/program" "$work/home" "$work/empty"
cp -r "$folder/." "$work/program"
cd "$work"

isolate=()
if unshare -n true 2> /dev/null; then
  isolate=(unshare -n)
elif unshare -rn true 2> /dev/null; then
  isolate=(unshare -rn)
else
  echo "no network namespace to be had: runs with the network that is there"
fi
bare=(env -i HOME="$work/home" PATH="$work/empty")
edge() { "${isolate[@]}" "${bare[@]}" "$work/program/xanesml-edge" "$@"; }
fail() { echo "smoke test: $1" >&2; exit 1; }
step() { echo "ok: $1"; }

# A measured scan of copper (transmission, in detector counts) and a table of one spectrum on energies about copper's edge, both made up.
awk 'BEGIN { pi = atan2(0, -1); print "# XDI/1.0\n# Element.symbol: Cu\n# Element.edge: K\n# Column.1: energy eV\n# Column.2: i0\n# Column.3: itrans\n#---";
  for (i = 0; i < 400; i++) { x = i < 100 ? -150 + 1.4 * i : -10 + 0.7 * (i - 100); m = 0.9 + (0.5 + atan2(x, 1.5) / pi) * (1 + 0.2 * exp(-(x - 6) * (x - 6) / 30)); printf "%.3f 100000 %.4f\n", 8988 + x, 100000 * exp(-m) } }' > scan.xdi
awk 'BEGIN { pi = atan2(0, -1); printf "MPID,SITE"; for (i = 0; i < 256; i++) printf ",ENE_%.3f", 8985 + i / 3; printf "\nmade-up,0"; for (i = 0; i < 256; i++) printf ",%.5f", 0.5 + atan2(i / 3 - 8, 1.5) / pi; print "" }' > table.csv
printf 'not a spectrum\n' > junk.dat

edge models > models.txt
grep -q angstrom models.txt || fail "models"
step "models"
edge --help > help.txt
edge predict scan.xdi --quiet > scan.csv
[ "$(wc -l < scan.csv)" = 2 ] && grep -q ',Cu,' scan.csv || fail "predict of a measured file"
step "predict of a measured file"
edge predict table.csv --resample --quiet > rows.csv
[ "$(wc -l < rows.csv)" = 2 ] || fail "predict of a table"
step "predict of a table"
for kind in csv jsonl parquet; do
  edge predict scan.xdi table.csv --resample --quiet --out "results.$kind"
  [ -s "results.$kind" ] || fail "--out results.$kind"
  step "--out results.$kind"
done
[ "$(wc -l < results.csv)" = 3 ] && [ "$(wc -l < results.jsonl)" = 2 ] && [ "$(head -c 4 results.parquet)" = PAR1 ] && [ "$(tail -c 4 results.parquet)" = PAR1 ] || fail "contents of results"
edge predict results.parquet --quiet > /dev/null 2> errors.txt && fail "a file without spectra must not end with 0"
[ "$(wc -l < errors.txt)" = 1 ] || fail "a file without spectra must give one line: $(cat errors.txt)"
code=0
edge predict junk.dat scan.xdi --quiet > mixed.csv 2> errors.txt || code=$?
[ "$code" = 1 ] && [ "$(wc -l < mixed.csv)" = 3 ] && [ "$(wc -l < errors.txt)" = 1 ] || fail "a bad file beside a good one"
step "a bad file beside a good one"
edge bench --seconds 0.2 --starts 1 --quiet > bench.txt
grep -q '^cold' bench.txt || fail "bench"
step "bench: $(grep '^cold' bench.txt | tr -s ' ')"

if grep -q '^ *watch ' help.txt; then
  mkdir incoming
  cp scan.xdi junk.dat incoming
  edge watch incoming --out watched --once --quiet > /dev/null 2>&1 || true
  grep -rq Cu watched || fail "watch --once"
  step "watch --once"
fi

if grep -q '^ *serve ' help.txt; then
  # In the network that is there: one without any device has no loopback to listen on.
  port=5$((RANDOM % 900 + 100))
  "${bare[@]}" "$work/program/xanesml-edge" serve --urls "http://127.0.0.1:$port" > serve.txt 2>&1 &
  server=$!
  for _ in $(seq 100); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then break; fi
    kill -0 "$server" 2> /dev/null || fail "serve ended: $(cat serve.txt)"
    sleep 0.1
  done
  exec 3<> "/dev/tcp/127.0.0.1/$port"
  printf 'GET /health HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$port" >&3
  head -1 <&3 | grep -q ' 200' || fail "serve /health"
  exec 3>&-
  kill "$server"
  wait "$server" || true
  server=""
  step "serve /health"
fi
echo "smoke test of $folder: all well"
