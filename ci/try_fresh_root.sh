#!/usr/bin/env bash
# Tries the project as a newcomer has it: a Debian root fresh from debootstrap with nothing but git and make added, a
# clean clone of this checkout's HEAD in it, and one command, timed.
#
#   ci/try_fresh_root.sh [--root DIR] [--reuse] [--suite NAME] [--mirror URI] [--user] [COMMAND…]
#
#   --root DIR     where the root is made (default: threadmark-root under $TMPDIR); it is emptied first
#   --reuse        goes on in the root and the clone that an earlier call left
#   --suite NAME   the release (default: that of this system)
#   --mirror URI   where its packages come from (default: what this system's apt uses for the suite)
#   --user         runs the command as an ordinary user without sudo
#   COMMAND        default: make setup
#
# Needs root and debootstrap. All mounts live in a mount namespace of their own, which ends with this script however
# it ends, so nothing stays mounted. apt's, pip's and the proxies' settings of this system are carried into the root.
set -euo pipefail

fail() {
  printf 'try_fresh_root: %s\n' "$*" >&2
  exit "${code:-1}"
}
usage() { code=2 fail "$1; known: --root DIR --reuse --suite NAME --mirror URI --user COMMAND…"; }

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=${TMPDIR:-/tmp}/threadmark-root
reuse=no user=root home=/root mirror=
# shellcheck source=/dev/null
suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME-}")
host_suite=$suite

while [[ ${1-} == --* ]]; do
  case $1 in
    --reuse) reuse=yes ;;
    --user) user=tester home=/home/tester ;;
    --root | --suite | --mirror)
      [[ $# -ge 2 ]] || usage "$1 needs a value"
      printf -v "${1#--}" '%s' "$2"
      shift
      ;;
    *) usage "unknown flag $1" ;;
  esac
  shift
done
command=("$@")
[[ $# -gt 0 ]] || command=(make setup)

[[ $(id -u) -eq 0 ]] || fail "needs root (debootstrap and chroot do)"
command -v debootstrap >/dev/null || fail "needs debootstrap (package debootstrap)"

# The mount namespace: everything below runs inside it.
if [[ ${THREADMARK_IN_NAMESPACE-} != yes ]]; then
  flags=(--root "$root" --suite "$suite" --mirror "$mirror")
  [[ $reuse == no ]] || flags+=(--reuse)
  [[ $user == root ]] || flags+=(--user)
  THREADMARK_IN_NAMESPACE=yes exec unshare --mount --propagation private -- "${BASH_SOURCE[0]}" "${flags[@]}" "${command[@]}"
fi

# What apt on this system uses for the suite; debootstrap speaks the same protocols.
mirror_of_apt() {
  # shellcheck disable=SC2016  # the format is apt's, not the shell's
  apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
    awk -v suite="$suite" '$1 == suite { print $2; exit }'
}

make_root() {
  local mark=$root/.made-by-try_fresh_root
  [[ ! -e $root || -e $mark ]] || fail "$root is there and was not made by this script"
  rm -rf --one-file-system "$root"
  mkdir -p "$root"
  touch "$mark"
  mirror=${mirror:-$(mirror_of_apt)}
  [[ -n $mirror ]] || fail "apt here has no source for \"$suite\"; give --mirror URI"
  printf '== debootstrap %s into %s\n' "$suite" "$root"
  debootstrap --variant=minbase --include=git,make,ca-certificates "$suite" "$root" "$mirror" >"$root/debootstrap.log" 2>&1 ||
    fail "debootstrap failed: $(tail -n 1 "$root/debootstrap.log")"
  carry_settings
  chroot "$root" useradd --create-home tester
}

carry_settings() {
  local what
  if [[ $suite == "$host_suite" ]]; then rm -f "$root/etc/apt/sources.list"; fi
  for what in apt.conf apt.conf.d auth.conf auth.conf.d keyrings trusted.gpg.d sources.list sources.list.d; do
    [[ -e /etc/apt/$what ]] || continue
    [[ $suite == "$host_suite" || $what != sources.list* ]] || continue
    cp -a "/etc/apt/$what" "$root/etc/apt/"
  done
  [[ ! -e /etc/pip.conf ]] || cp /etc/pip.conf "$root/etc/"
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
    cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
    chroot "$root" update-ca-certificates >/dev/null 2>&1
  fi
}

# The names of the settings that a newcomer's own shell would have: proxies, certificates, package indexes.
passed_on() {
  local name
  for name in {http,https,no}_proxy {HTTP,HTTPS,NO}_PROXY SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE \
    PIP_CERT PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_PROXY PIP_DEFAULT_TIMEOUT GOPROXY CI; do
    [[ -z ${!name-} ]] || printf '%s\n' "$name=${!name}"
  done
}

[[ $reuse == yes && -e $root/.made-by-try_fresh_root ]] || make_root

mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"

clone=$home/threadmark
if [[ ! -e $root$clone ]]; then
  git clone -q --no-hardlinks "$repository" "$root$clone"
  chroot "$root" chown -R "$user:" "$clone"
fi

mapfile -t settings < <(passed_on)
printf '== %s, as %s, at %s\n' "${command[*]}" "$user" "$(git -C "$repository" rev-parse --short HEAD)"
code=0
# shellcheck disable=SC2016  # $HOME and $@ are the inner shell's
# setpriv: an ordinary user from head to foot, with no way back to root. stdin is closed: nobody can answer a question.
chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  HOME="$home" USER="$user" "${settings[@]}" \
  setpriv --reuid="$user" --regid="$user" --init-groups --no-new-privs \
  /bin/sh -c 'cd "$HOME/threadmark" && exec "$@"' sh "${command[@]}" </dev/null || code=$?
printf '== ended with %s after %s s\n' "$code" "$SECONDS"
exit "$code"
