# mn_bridge(sp, f, arg): calls f(arg) with unwind rules that lead from here to the frames of a saved stack.
#
# rbx keeps the saved stack pointer during the call. The rules then say: the caller's frame address (CFA) is rbx + 64, and
# its registers lie where mn_switch has pushed them (switch_x86_64.S). So the unwinder restores the registers of
# mn_switch's caller; the stack of this thread is left out of the walk.

    .text
    .p2align 4
    .globl mn_bridge
    .hidden mn_bridge
    .type mn_bridge, @function
mn_bridge:                      # rdi = saved stack pointer, rsi = f, rdx = arg
    .cfi_startproc
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbx, 0
    movq %rdi, %rbx
    movq %rdx, %rdi
    .cfi_remember_state
    .cfi_def_cfa rbx, 64
    .cfi_offset rip, -8
    .cfi_offset rbp, -16
    .cfi_offset rbx, -24
    .cfi_offset r12, -32
    .cfi_offset r13, -40
    .cfi_offset r14, -48
    .cfi_offset r15, -56
    callq *%rsi                 # rsp is aligned: 16 bytes have been pushed since the caller's call
    nop                         # the return address belongs to the rules above
    .cfi_restore_state
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore rbx
    ret
    .globl mn_bridge_end
    .hidden mn_bridge_end
mn_bridge_end:
    .cfi_endproc
    .size mn_bridge, .-mn_bridge

    .section .note.GNU-stack, "", @progbits
