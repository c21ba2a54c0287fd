# The switch for the System V ABI on x86-64.
#
# Callee-saved are rbx, rbp, r12 to r15, the control bits of MXCSR (bits 6 to 15) and the x87 control word.
# The control words are nearly always the same on both sides; loading them is slow, comparing them is not.
#
# A saved stack, from the saved pointer upwards (saved_frame in switch_x86_64.cpp):
#    0  MXCSR (4 bytes)     4  x87 control word (2 bytes)
#    8  r15   16  r14   24  r13   32  r12   40  rbx   48  rbp   56  return address
#
# The unwind rules hold for both sides of the switch, because every saved stack has this layout.
# Shadow stacks (CET) are not switched: without a .note.gnu.property the linker does not mark a program that holds this
# file as fit for them, and the kernel does not turn them on.

    .text
    .p2align 5
    .globl mn_switch
    .hidden mn_switch
    .type mn_switch, @function
mn_switch:                      # rdi = where to save the stack pointer, rsi = the stack pointer to take
    .cfi_startproc
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r15, 0
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movl (%rsp), %eax
    movzwl 4(%rsp), %ecx
    movq %rsp, (%rdi)
    movq %rsi, %rsp

    xorl (%rsp), %eax           # which MXCSR bits differ?
    testl $0xffc0, %eax
    jne 2f
1:  cmpw %cx, 4(%rsp)
    jne 3f
4:  addq $8, %rsp
    .cfi_remember_state
    .cfi_adjust_cfa_offset -8
    popq %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore r15
    popq %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore r14
    popq %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore r13
    popq %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore r12
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore rbx
    popq %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore rbp
    popq %rdx
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rdx
    jmp *%rdx                   # not ret: its prediction would follow the other stack's calls
    .cfi_restore_state
2:  ldmxcsr (%rsp)
    jmp 1b
3:  fldcw 4(%rsp)
    jmp 4b
    .cfi_endproc
    .size mn_switch, .-mn_switch

# The first code on a new stack: prepare_stack has put the function to call into r12. The nop is never run: unwinders
# look up the byte before a return address, and in a stack that has not run yet this function's address is one.
    .p2align 4
    .cfi_startproc
    .cfi_undefined rip          # a backtrace ends here
    nop
    .globl mn_first_frame
    .hidden mn_first_frame
    .type mn_first_frame, @function
mn_first_frame:
    callq *%r12
    ud2
    .cfi_endproc
    .size mn_first_frame, .-mn_first_frame

    .section .note.GNU-stack, "", @progbits
