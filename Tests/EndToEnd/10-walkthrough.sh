#!/usr/bin/env bash
# The reference walkthrough, as far as it is built, on a control plane of its own.
. "$(dirname "$0")/lib.sh"
start 71
NOT_MY_IP=127.0.0.9 "$walkthrough" secret settings cluster zones data endpoints cleanup &&
  ok "the walkthrough" || bad "the walkthrough"
