#!/usr/bin/env bash
# Installs what judges us from outside: a browser, fonts, poppler, a foreign Merkle library. Never needed at run time.
set -u
say() { printf '%s\n' "$*" >&2; }
# Foreign libraries have an environment of their own, so that their licences and versions stay theirs.
here="$(cd "$(dirname "$0")" && pwd)/judges"
python="$here/../../.venv/bin/python"
if ! cmp -s "$here/requirements.txt" "$here/.venv/.installed"; then
  if "$python" -m venv "$here/.venv" && "$here/.venv/bin/python" -m pip install --quiet --disable-pip-version-check \
      --no-deps --require-hashes -r "$here/requirements.txt"; then
    cp "$here/requirements.txt" "$here/.venv/.installed"
  else
    say "!! SKIPPED: could not install tests/judges/requirements.txt. Tests that need it are skipped."
    [ "${CI:-}" = true ] && exit 1
  fi
fi
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v pdfsig >/dev/null || missing+=(poppler-utils)
command -v openssl >/dev/null || missing+=(openssl)
command -v certutil >/dev/null || missing+=(libnss3-tools)
[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing+=(fonts-noto-cjk)
[ -e /usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf ] || missing+=(fonts-babelstone-han)
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null; then
  say "!! SKIPPED: no apt-get here; not installed: ${missing[*]}. Tests that need them are skipped."
  [ "${CI:-}" = true ] && exit 1 || exit 0
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if sudo -n true 2>/dev/null; then as_root=(sudo -n); else
    say "!! SKIPPED: not root and no sudo; not installed: ${missing[*]}. Tests that need them are skipped."
    [ "${CI:-}" = true ] && exit 1 || exit 0
  fi
fi
say "installing judges from Debian: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && exit 0
say "!! SKIPPED: apt-get could not install: ${missing[*]}."
[ "${CI:-}" = true ] && exit 1 || exit 0
