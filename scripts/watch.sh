#!/usr/bin/env bash
# The step of action.yml: decides again, writes the finding into the job's summary and outputs, keeps one issue.
# Everything it is told comes in variables, so no text of a repository is read as shell.
set -euo pipefail

finding="${RUNNER_TEMP:?}/cachewright-watch.md"
title="cachewright: the accepted answer for $CW_PROFILE"

status=0
"${CW_BINARY:-cachewright}" watch --accepted="$CW_ACCEPTED" --prices="$CW_PRICES" --min-change="$CW_MIN_CHANGE" \
  --format=markdown --output="$finding" --force -- "$CW_PROFILE" || status=$?
# Only 0 and 5 have a finding; prices that cannot be had, a bad profile and the rest end the job as they are.
[ "$status" = 0 ] || [ "$status" = 5 ] || exit "$status"

verdict="$(sed -n '1s/^## \([a-z]*\):.*/\1/p' "$finding")"
cat "$finding" >>"$GITHUB_STEP_SUMMARY"
{
  echo "verdict=$verdict"
  echo "markdown=$finding"
} >>"$GITHUB_OUTPUT"

# One issue by its title: updated while something is to be said, closed when the answer holds again.
if [ "$CW_ISSUE" = yes ]; then
  number=""
  while IFS=$'\t' read -r found name; do
    if [ "$name" = "$title" ]; then number="$found"; fi
  done < <(gh issue list --state open --limit 200 --json number,title --jq '.[] | [.number, .title] | @tsv')
  if [ "$verdict" = same ]; then
    [ -z "$number" ] || gh issue close "$number" --comment "The accepted answer holds again."
  elif [ -n "$number" ]; then
    gh issue edit "$number" --body-file "$finding"
  else
    gh issue create --title "$title" --body-file "$finding"
  fi
fi

[ "$CW_FAIL" != yes ] || exit "$status"
