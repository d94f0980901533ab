# What the actions share. Each begins with: . "$GITHUB_ACTION_PATH/../gantry.sh"
#
# GitHub fetches the whole repository of an action, at the commit that `uses` names. So the command line that runs is that
# of the same commit, and its packages are those of command-line.lock, each with its hash.
set -euo pipefail
actions=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lock=$actions/../command-line.lock
python=$RUNNER_TEMP/gantry-$(sha256sum "$lock" | cut -c1-16)/bin/python

# End the step: what an input has to be.
refuse() {
  echo "::error title=Gantry::$1"
  exit 2
}

# GitHub takes an action's input as it is, also without one that is required.
require() {
  local name
  for name in "$@"; do
    test -n "${!name}" || refuse "the input $(input "$name") is missing"
  done
}

require_boolean() {
  local name
  for name in "$@"; do
    case "${!name}" in
      true | false) ;;
      *) refuse "the input $(input "$name") is true or false" ;;
    esac
  done
}

# An input as the workflow spells it: DRY_RUN is dry-run.
input() {
  local name=${1//_/-}
  echo "${name,,}"
}

# Read the words of an input, which may be on several lines, into `words`. An input with only spaces in it is refused: as
# environments, no words would mean all of them.
read_words() {
  words=()
  read -r -d "" -a words <<<"${!1}" || true # it ends with the text, not with a NUL
  if test -n "${!1}" && test "${#words[@]}" = 0; then refuse "the input $(input "$1") names nothing"; fi
}

# pip runs no code of a package, and sees no credentials all the same: those with which it could ask for others neither.
install() {
  test ! -e "$python.ready" || return 0
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || refuse "the runner needs Python 3.11 or later"
  python3 -m venv "${python%/bin/python}"
  env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN -u GH_TOKEN \
    -u ACTIONS_ID_TOKEN_REQUEST_TOKEN -u ACTIONS_ID_TOKEN_REQUEST_URL -u ACTIONS_RUNTIME_TOKEN \
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: --requirement "$lock"
  touch "$python.ready"
}

# -P: Python imports nothing that lies in the folder where the job works.
gantry() {
  PYTHONPATH="$actions/../functions${PYTHONPATH:+:$PYTHONPATH}" "$python" -P -m gantry.command_line "$@"
}

# Write to the page of the run what a command printed as JSON: summary KIND <FILE
summary() {
  "$python" -P "$actions/texts.py" "$1" >>"$GITHUB_STEP_SUMMARY"
}

# Say in the summary why something ended as it did, if the role may read it: explain SERVICE ENVIRONMENT, or EXECUTION
explain() {
  if gantry why --output json -- "$@" >"$RUNNER_TEMP/why.json" || test -s "$RUNNER_TEMP/why.json"; then
    summary explanation <"$RUNNER_TEMP/why.json"
  fi
}

install
