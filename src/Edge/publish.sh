#!/usr/bin/env bash
# Publishes xanesml-edge: one self-contained file a platform, and a native (AOT) program where this machine can link one. docs/edge.md
#   bash src/Edge/publish.sh [TARGET...]      TARGET: linux-x64, win-x64, linux-x64-aot; default: all of them
# The results lie in artifacts/edge/TARGET. Nothing that is committed changes.
set -euo pipefail
cd "$(dirname "$0")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

publish() { # TARGET RID OPTIONS...
  local target=$1 rid=$2
  shift 2
  # Intermediate files of their own: what is compiled ahead for one target must not be found by another, nor by a build.
  rm -rf "artifacts/edge/$target" "artifacts/publish/$target"
  dotnet publish src/Edge -c Release -r "$rid" --artifacts-path "artifacts/publish/$target" -o "artifacts/edge/$target" -nodeReuse:false -v quiet "$@"
  rm -rf "artifacts/publish/$target"
  echo "artifacts/edge/$target: $(du -sh "artifacts/edge/$target" | cut -f1)"
}

find_linker() { # the first of clang and gcc that makes a program with zlib
  local linker probe
  probe=$(mktemp)
  for linker in clang gcc; do
    if command -v "$linker" > /dev/null && echo 'int main(void) { return 0; }' | "$linker" -x c - -o "$probe" -lm -lz 2> /dev/null; then
      rm -f "$probe"
      echo "$linker"
      return 0
    fi
  done
  rm -f "$probe"
  return 1
}

[ $# -gt 0 ] || set -- linux-x64 win-x64 linux-x64-aot
for target in "$@"; do
  case $target in
    linux-x64 | win-x64) publish "$target" "$target" ;;
    linux-x64-aot)
      if [ "$(uname -sm)" != "Linux x86_64" ]; then
        echo "linux-x64-aot: skipped, native code for Linux is linked on Linux (x86_64)"
      elif ! linker=$(find_linker); then
        echo "linux-x64-aot: skipped, nothing here links a C program (install clang or gcc, and zlib1g-dev)"
      else
        publish "$target" linux-x64 -p:PublishAot=true -p:CppCompilerAndLinker="$linker"
      fi
      ;;
    *)
      echo "unknown target '$target'. Targets: linux-x64, win-x64, linux-x64-aot" >&2
      exit 2
      ;;
  esac
done
