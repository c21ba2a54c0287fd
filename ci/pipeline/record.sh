#!/usr/bin/env bash
# Adds exported runs (*.jsonl.gz) to the branch that carries the history from job to job, and makes that branch where
# there is none:
#
#   ci/pipeline/record.sh FOLDER BRANCH [REMOTE]
#
# Invariants: a run is added once and never changed, a file of another content under its name is refused. Two jobs that
# push at once lose nothing: git takes a push only from who has seen the branch's last commit, so the second is refused,
# fetches, and adds its files on top. Nothing but the branch is touched: neither the work tree nor its index, nor
# how much history the clone has.
set -euo pipefail

fail() {
  printf 'record: %s\n' "$*" >&2
  exit 1
}
[[ $# -eq 2 || $# -eq 3 ]] || {
  printf 'record: give a folder, a branch and perhaps a remote\n' >&2
  exit 2
}
folder=$1 branch=$2 remote=${3-origin}
shown=${remote/\/\/*@/\/\/} # without the token that a URL may carry
of=${GITHUB_SHA:-${CI_COMMIT_SHA-}}
shopt -s nullglob
files=("$folder"/*.jsonl.gz)
((${#files[@]})) || fail "$folder: no *.jsonl.gz there; nothing was recorded"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_INDEX_FILE=$work/index
export GIT_AUTHOR_NAME=threadmark GIT_AUTHOR_EMAIL=threadmark@localhost
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

# Sets `parent` to the branch's last commit, to nothing where there is no branch.
fetch() {
  local code=0
  git ls-remote --exit-code --heads "$remote" "refs/heads/$branch" >/dev/null || code=$?
  parent=
  case $code in
    0) ;;
    2) return 0 ;; # git's word for: no such branch
    *) fail "cannot read $shown" ;;
  esac
  git fetch --quiet "$remote" "refs/heads/$branch"
  parent=$(git rev-parse FETCH_HEAD)
}

# Puts the files that are not there yet into the index, and their number into `added`.
stage() {
  local file path blob
  added=0
  if [[ -n $parent ]]; then git read-tree "$parent"; else git read-tree --empty; fi
  for file in "${files[@]}"; do
    path=runs/${file##*/}
    blob=$(git hash-object -w -- "$file")
    case $(git rev-parse --quiet --verify ":0:$path" || true) in
      "$blob") continue ;;
      "") git update-index --add --cacheinfo "100644,$blob,$path" ;;
      *) fail "$path: $branch has a run of this name with another content; nothing was recorded" ;;
    esac
    added=$((added + 1))
  done
}

for attempt in {1..20}; do
  fetch
  stage
  if ((added == 0)); then
    printf 'record: %s had all %d already\n' "$branch" "${#files[@]}"
    exit 0
  fi
  commit=$(git commit-tree "$(git write-tree)" ${parent:+-p "$parent"} -m "$added more${of:+, measured at $of}")
  if git push --quiet "$remote" "$commit:refs/heads/$branch"; then
    printf 'record: %d added to %s\n' "$added" "$branch"
    exit 0
  fi
  printf 'record: somebody else pushed to %s, or it cannot be reached (try %d)\n' "$branch" "$attempt" >&2
  sleep "$((RANDOM % 3 + 1))"
done
fail "$shown did not take the push; nothing was recorded"
