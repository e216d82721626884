# shellcheck shell=bash
# Sourced by the other scripts. The state lies where TF_HTTP_ADDRESS says, the same for every configuration.

# Unpacks a configuration out of its commit and prepares it, in a folder of its own: unpack COMMIT. Sets `work`.
unpack() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  git -C "$TERRAFORM_DIRECTORY" archive "$1" | tar -x -C "$work"
  tf init -reconfigure > /dev/null
}

tf() {
  local command=$1
  shift
  terraform -chdir="$work" "$command" -input=false -no-color "$@"
}
