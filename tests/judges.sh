#!/usr/bin/env bash
# Installs what judges us from outside: a browser, fonts, poppler. Never needed at run time.
set -u
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v pdfsig >/dev/null || missing+=(poppler-utils)
command -v openssl >/dev/null || missing+=(openssl)
command -v certutil >/dev/null || missing+=(libnss3-tools)
[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing+=(fonts-noto-cjk)
[ -e /usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf ] || missing+=(fonts-babelstone-han)
[ ${#missing[@]} -eq 0 ] && exit 0
say() { printf '%s\n' "$*" >&2; }
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
