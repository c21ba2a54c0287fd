# Installing what is missing through apt. Sourced by ci/setup.sh, called only when something is missing.
# shellcheck shell=bash

# What is missing, by name, for messages.
whats() {
  local what package lowest entry text=
  for entry in "${missing[@]}"; do
    IFS='|' read -r what package lowest <<<"$entry"
    text+=", $what${lowest:+ $lowest or newer}"
  done
  printf '%s' "${text#, }"
}

# candidates PACKAGE…: "package version" for each that apt offers, as upstream numbers it (no epoch, revision or "~").
candidates() {
  apt-cache policy "$@" 2>/dev/null | awk '
    /^[^ ].*:$/ { package = substr($1, 1, length($1) - 1) }
    $1 == "Candidate:" && $2 != "(none)" { sub(/^[0-9]+:/, "", $2); sub(/[^0-9.].*$/, "", $2); print package, $2 }'
}

# package_new_enough DEFAULT PATTERN LOWEST: prints the distribution's DEFAULT package if it is new enough, else the newest
# that carries its version in the name, as PATTERN has it; nothing where none is offered.
package_new_enough() {
  local names package version best=
  mapfile -t names < <(apt-cache pkgnames "${1%-dev}" 2>/dev/null | grep -E "^$2\$" | sort -V)
  ((${#names[@]})) || return 0
  while read -r package version; do
    at_least "$version" "$3" || continue
    best=$package
    [[ $package != "$1" ]] || break
  done < <(candidates "${names[@]}" | sort -k 2V -k 1)
  printf '%s' "$best"
}

# Fills `packages` with what to install, and `unavailable` with a clause for each thing that apt does not offer (or
# only too old); `packages` then names the package all the same, for the message.
choose_packages() {
  packages=() unavailable=()
  local entry what package lowest offered have names
  mapfile -t names < <(printf '%s\n' "${missing[@]}" | cut -d '|' -f 2)
  offered=$(candidates "${names[@]}") || offered=
  for entry in "${missing[@]}"; do
    IFS='|' read -r what package lowest <<<"$entry"
    case $package in
      boost-fiber) names=(libboost-fiber-dev 'libboost-fiber[0-9.]*-dev') ;;
      clang) names=(clang 'clang(-[0-9]+)?') ;;
      *) names=() ;;
    esac
    if ((${#names[@]})); then
      package=$(package_new_enough "${names[@]}" "$lowest")
      [[ -n $package ]] || unavailable+=("$what $lowest or newer")
      packages+=("${package:-${names[0]}>=$lowest}")
      continue
    fi
    packages+=("$package")
    have=$(awk -v name="$package" '$1 == name { print $2 }' <<<"$offered")
    if [[ -z $have ]]; then
      unavailable+=("$what${lowest:+ $lowest or newer}")
    elif [[ -n $lowest ]] && ! at_least "$have" "$lowest"; then
      unavailable+=("$what $lowest or newer (offered: $have)")
    fi
  done
}

# Sets `as_root` to what must stand before a command that needs root, or fails with the list for the administrator.
find_root() {
  as_root=()
  [[ $(id -u) -ne 0 ]] || return 0
  # sudo may ask for a password only where somebody can answer.
  if has_tool sudo && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
    as_root=(sudo)
    return 0
  fi
  # Nobody need be asked for what apt does not have.
  if [[ ${unavailable[*]} == Chromium && ${#packages[@]} -eq 1 ]]; then
    do_without_browser
    return
  fi
  fail "no root and no usable sudo here; ask the administrator for: apt-get install --no-install-recommends ${packages[*]}"
}

# Runs apt-get as root with its words in the log. sudo drops the environment, so the proxies are handed on by name.
apt_get() {
  local name settings=(DEBIAN_FRONTEND=noninteractive LC_ALL=C)
  for name in http_proxy https_proxy ftp_proxy no_proxy; do
    [[ -z ${!name-} ]] || settings+=("$name=${!name}")
  done
  "${as_root[@]}" env "${settings[@]}" apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1
}

# apt-get update ends with 0 even where it reached no server, so its success is judged by what it makes available.
update_lists() {
  say "reading the package lists (apt-get update)"
  apt_get update || true
  updated=yes
}

# The line of the log that says best why apt failed: the first fetch that did, else its last error.
apt_complaint() {
  grep -m 1 -E '^[EW]: Failed to fetch' "$log" || { grep -E '^(E|W|Err):' "$log" || cat "$log"; } | tail -n 1
}
no_network() { grep -qE '^(W: Failed to fetch|E: Failed to fetch|Err:)' "$log"; }

# Ubuntu has Chromium as a snap only, which the tests cannot drive. Everything else goes on.
do_without_browser() {
  say "apt offers no Chromium on this system: make test skips the tests in a browser until chromium or google-chrome is in PATH"
  : >"$no_browser"
  find_missing
  choose_packages
}

install_missing() {
  if ! has_tool apt-get || ! has_tool apt-cache; then
    fail "this system has no apt-get; install these yourself: $(whats)"
  fi
  updated=no
  choose_packages
  find_root
  if ((${#unavailable[@]})); then
    update_lists
    choose_packages
  fi
  if ((${#unavailable[@]})); then
    ! no_network || fail "cannot reach the package servers: $(apt_complaint)"
    [[ " ${unavailable[*]} " != *" Chromium "* ]] || do_without_browser
  fi
  if ((${#unavailable[@]})); then
    local text
    text=$(printf ', %s' "${unavailable[@]}")
    fail "apt offers no ${text#, } on this system; install it yourself, then run this again"
  fi
  ((${#packages[@]})) || return 0
  say "installing with apt-get: ${packages[*]}"
  # --no-remove: never trade somebody's package for one of ours.
  if ! apt_get install --no-install-recommends --no-remove "${packages[@]}"; then
    [[ $updated == no ]] || fail_install
    # The lists were older than the servers.
    update_lists
    apt_get install --no-install-recommends --no-remove "${packages[@]}" || fail_install
  fi
  say "installed in $SECONDS s"
}

fail_install() {
  ! no_network || fail "cannot reach the package servers: $(apt_complaint)"
  fail "apt-get could not install them: $(apt_complaint) (see $log)"
}
