// What mn tells about a program that hangs.
//
// Deadlocks. When every task of every runtime waits, no timer is set, and each other thread of the process is blocked
// inside mn as well (in run(), on a channel or a lock, without a time limit), nothing can ever happen again. mn then
// prints "mn: all tasks are asleep: deadlock" and every task, and ends the program: options::on_deadlock says
// otherwise. It does so only where that is proven. A thread of the program that sleeps, computes, or waits for
// something outside mn (join(), a std::mutex, a system call) might still wake a task, so there is no report before it
// has ended or blocked in mn; its end is noticed within ten seconds. Not seen, and so not waited for, are signal
// handlers and other processes that share memory: a program whose tasks are woken by those must set
// deadlock_action::ignore. Under ThreadSanitizer, which has a thread of its own, nothing is ever proven. Nothing is
// spent on this while anything runs.
//
// Dumps. SIGQUIT (Ctrl-\, kill -QUIT) prints every task of every runtime with its backtrace to standard error, and the
// program goes on. Of more than a hundred tasks of a runtime those that are alike are counted, and a few of each are
// shown.
//   * mn handles the signal only while a runtime lives whose options::dump_on_sigquit is set, and only if the program
//     has no handler of its own when the first of them is made. A second SIGQUIT before the dump is written does what
//     it would do without mn: it ends the program.
//   * Parked tasks are not run for it. The workers are held up for the time that reading takes, milliseconds at most,
//     and go on before anything is printed. Tasks that run at that moment are asked for their backtrace by SIGURG, if
//     the program has no handler for that and does not block it; they are not stopped, but a system call in them may
//     return with EINTR, as on any signal.
//   * It allocates no memory except to make C++ names readable, and nothing while a worker is held up.
//   * Functions are named from the symbol tables of the program and its libraries. A stripped program shows
//     module+offset, which `addr2line -Cfie module offset` turns into a place in the source if there is a copy with
//     debug information; linking with -rdynamic (in CMake ENABLE_EXPORTS) keeps the names of functions that are not
//     static.
//   * Backtraces need the unwind tables that compilers make by default on x86-64 and aarch64. With the portable switch
//     parked tasks are listed without them.
//
// In a debugger: share/mn/gdb/mn.py has `info mn-tasks`, `mn-task N` and `mn-bt N`.
#pragma once

namespace mn {

/// Writes every task of every runtime, with its backtrace, to the file descriptor (2 is standard error). From any
/// thread or task, at any time; it neither parks nor gives way, and needs 32 KiB of stack. Cost: microseconds for each
/// task that is shown; the workers are held up meanwhile.
void dump_all_tasks(int fd = 2);

}  // namespace mn
