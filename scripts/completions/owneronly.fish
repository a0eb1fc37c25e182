# fish completion for owneronly(1).
# SPDX-License-Identifier: Apache-2.0

set -l commands check explain doctor audit status
set -l first 'test (count (commandline -opc)) -eq 1'
set -l ours "contains -- (commandline -opc)[2] $commands"

complete -c owneronly -n $first -a check -d 'Show the policy in force, or what is wrong with it'
complete -c owneronly -n $first -a explain -d 'Show what a write to a path would meet'
complete -c owneronly -n $first -a doctor -d 'Prove that the library will be there'
complete -c owneronly -n $first -a audit -d 'Find what is exposed already'
complete -c owneronly -n $first -a status -d 'Show which processes have the library'

set -l policies 'not contains -- status (commandline -opc)[2]'
complete -c owneronly -n $policies -s m -l match -x -d 'Protect what matches a glob'
complete -c owneronly -n $policies -s p -l policy -r -F -d 'Use this policy'
complete -c owneronly -l help -d 'Show a summary of the options'
complete -c owneronly -n "not $ours" -l observe -d 'Change nothing, log what would be done'
complete -c owneronly -n "not $ours" -l log -r -F -a 'stderr syslog' -d 'Log every decision'
complete -c owneronly -n "not $ours" -l report -d 'Say at the end what was done'
complete -c owneronly -n "not $ours" -l version -d 'Show the version'
complete -c owneronly -n "not $ours" -l library -d 'Show the path of the library'
complete -c owneronly -n "contains -- (commandline -opc)[2] audit" -l fix -d 'Tighten what is exposed'
complete -c owneronly -n "contains -- (commandline -opc)[2] audit status" -l json -d 'One JSON object a line'
complete -c owneronly -n "contains -- (commandline -opc)[2] audit doctor" -x \
    -a '(__fish_complete_directories)'
complete -c owneronly -n "contains -- (commandline -opc)[2] status" -x -a '(__fish_complete_pids)'
complete -c owneronly -n "not $ours; and not $first" -x -a '(__fish_complete_subcommand)'
complete -c owneronly -n $first -x -a '(__fish_complete_command)'
