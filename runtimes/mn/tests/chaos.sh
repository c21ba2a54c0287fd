#!/bin/sh
# chaos.sh PROGRAM [SEED [FLAG…]]: runs mn's tests with every decision of the scheduler perturbed from SEED; without one
# from MN_CHAOS_RANDOM, or a seed of its own. Prints the seed. The flags are Google Test's.
set -eu
program=$1
seed=${2:-${MN_CHAOS_RANDOM:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}}
echo "MN_CHAOS=$seed"
# Left out: tests of what the usual order of decisions is like (how many stacks it needs, what a trace of it shows).
[ $# -lt 2 ] || shift
shift
MN_CHAOS=$seed exec "$program" --gtest_brief=1 --gtest_filter='-stack.*:trace.*:*death*' "$@"
