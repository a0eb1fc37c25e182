#!/bin/sh
# The functions that the hook table names, one a line, sorted.
#
# usage: hook_names.sh COMPILER HOOKS.DEF
# SPDX-License-Identifier: Apache-2.0
set -eu
"$1" -E -P -x c -include features.h '-DHOOK(result,name,parameters)=name' "$2" |
    grep -oE '[A-Za-z_0-9]+' | sort
