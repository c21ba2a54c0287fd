#!/bin/sh
# chaos.sh PROGRAM [SEED]: runs mn's tests with every decision of the scheduler perturbed from SEED; without one from
# MN_CHAOS_RANDOM, or a seed of its own. Prints the seed.
set -eu
program=$1
seed=${2:-${MN_CHAOS_RANDOM:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}}
echo "MN_CHAOS=$seed"
# Left out: tests of what the usual order of decisions is like (how many stacks it needs, what a trace of it shows, which
# waiter was served first, read off the order in which those who were woken run).
usual='stack.*:trace.*:condition.a_notification_wakes_one_*:rw_mutex.readers_that_waited_go_before_*'
usual=$usual:'semaphore.serves_in_the_order_of_arrival_*'
MN_CHAOS=$seed exec "$program" --gtest_brief=1 --gtest_filter="-$usual:*death*"
