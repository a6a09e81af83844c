# Sourced by emulator/start: builds the example stack with Terraform where that works.
# Needs `root`, `stack` and `build`; leaves `terraform_folder` (empty: not built by Terraform) and `terraform_config`.

terraform_folder=
terraform_config=

# Builds the stack; fails, having said why, where Terraform or its providers can't be had.
terraform_stack() {
  if ! command -v terraform >/dev/null; then
    echo "Terraform is not on the PATH."
    return 1
  fi
  terraform version 2>/dev/null | grep '^Terraform v'
  echo "terraform init (the first time, this downloads the AWS provider, some 150 MB)"
  local said
  if said=$(cd "$stack" && TF_REGISTRY_DISCOVERY_RETRY=1 TF_REGISTRY_CLIENT_TIMEOUT=20 terraform init -input=false -no-color 2>&1); then
    terraform_folder=$stack
  elif ! offline_folder; then
    tail -n 12 <<<"$said"
    echo "terraform init did not work here."
    return 1
  fi
  # The plan itself is long and says nothing that main.tf doesn't.
  echo "terraform plan, terraform apply"
  (
    cd "$terraform_folder"
    mkdir -p "$build/demo"
    said=$(terraform plan -input=false -no-color -out="$build/demo/plan" 2>&1) || { echo "$said" >&2; exit 1; }
    grep '^Plan:' <<<"$said" || echo "Nothing to change."
    terraform apply -input=false -no-color -compact-warnings "$build/demo/plan"
  ) || exit 1
}

# Without a registry: an unpacked hashicorp/aws on this machine and the tests' stand-in for hashicorp/archive, on a
# copy of the stack, so that the stand-in never reaches the lock file of the user's own folder.
offline_folder() {
  local mirror
  mirror=$(/usr/bin/python3 "$root/tests/terraform/providers.py" 2>/dev/null) || return 1
  command -v node >/dev/null || return 1
  terraform_folder="$build/demo/users_stream"
  terraform_config="$build/demo/terraform.rc"
  mkdir -p "$terraform_folder"
  cp "$stack/main.tf" "$stack/index.py" "$terraform_folder/"
  echo "$mirror" >"$terraform_config"
  export TF_CLI_CONFIG_FILE=$terraform_config
  echo "The provider registry can't be reached: using the AWS provider found on this machine and the tests' stand-in"
  echo "for the archive provider, on a copy of the stack in $terraform_folder"
  (cd "$terraform_folder" && terraform init -input=false -no-color >/dev/null)
}

terraform_go_on() {
  [[ -n $terraform_folder ]] || return 0
  echo
  [[ -n $terraform_config ]] && echo "  export TF_CLI_CONFIG_FILE=$terraform_config"
  echo "  cd $terraform_folder && terraform plan"
}
