#!/usr/bin/env bash
# Format and lint of everything that git knows or would take up, without changing a file. Every checker runs; the last
# line says which of them found something.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

bad=()
checker() {
  local name=$1
  shift
  printf '== %s\n' "$name"
  "$@" || bad+=("$name")
}
files() { git ls-files --cached --others --exclude-standard -- "$@"; }

# gofmt has no exit code of its own for "would change".
gofmt_agrees() {
  local would
  would=$(gofmt -l runtimes/go) || return 1
  [[ -z $would ]] || printf 'not as gofmt has it: %s\n' "$would"
  [[ -z $would ]]
}

# One process a file: that is what takes the time.
tidy_each() { xargs -0 -P "${JOBS:-$(nproc)}" -n 1 build/venv/bin/clang-tidy --quiet -p build/release "$@"; }
# That ASSERT_TRUE has looked at an optional is more than the check understands.
tidy() {
  local found=0
  printf '%s\0' "${units[@]}" | grep -zv '_test\.cpp$' | tidy_each || found=1
  printf '%s\0' "${units[@]}" | grep -z '_test\.cpp$' | tidy_each --checks=-bugprone-unchecked-optional-access || found=1
  return "$found"
}

# Held against a schema that check-jsonschema brings along: forms SCHEMA FILE…
forms() { build/venv/bin/check-jsonschema --data-transform gitlab-ci --builtin-schema "$@"; }

mapfile -t cpp < <(files '*.cpp' '*.hpp')
mapfile -t units < <(files '*.cpp')
# ci/setup/ is read along with ci/setup.sh, which it is a part of.
mapfile -t shell < <(files '*.sh' .ci/run ':!ci/setup')
mapfile -t yaml < <(files '*.yml' '*.yaml')
mapfile -t workflows < <(files '.github/workflows/*.yml')

checker clang-format build/venv/bin/clang-format --dry-run --Werror "${cpp[@]}"
checker clang-tidy tidy
checker ruff build/venv/bin/ruff check .
checker ruff-format build/venv/bin/ruff format --check .
checker gofmt gofmt_agrees
checker go-vet env -C runtimes/go go vet ./...
checker shellcheck shellcheck -x -a -P "$PWD" "${shell[@]}"
checker yamllint build/venv/bin/yamllint --strict "${yaml[@]}"
# Runs shellcheck on what the steps run, too.
checker actionlint build/lint/actionlint "${workflows[@]}"
checker workflow-schema forms vendor.github-workflows "${workflows[@]}"
checker action-schema forms vendor.github-actions .github/actions/*/action.yml
checker dependabot-schema forms vendor.dependabot .github/dependabot.yml
checker gitlab-schema forms vendor.gitlab-ci ci/examples/gitlab-ci.yml
checker hadolint build/venv/bin/hadolint ci/k8s/Containerfile

if ((${#bad[@]})); then
  printf 'check: these found something: %s\n' "${bad[*]}" >&2
  exit 1
fi
printf 'check: all clean\n'
