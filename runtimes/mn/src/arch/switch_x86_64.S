# The switch for the System V ABI on x86-64.
#
# Callee-saved are rbx, rbp, r12 to r15, the control bits of MXCSR (bits 6 to 15) and the x87 control word.
# The control words are nearly always the same on both sides; loading them is slow, comparing them is not.
#
# A saved stack, from the saved pointer upwards (MN_SAVED_BYTES in switch_x86_64.cpp):
#    0  MXCSR (4 bytes)     4  x87 control word (2 bytes)
#    8  r15   16  r14   24  r13   32  r12   40  rbx   48  rbp   56  return address

    .text
    .p2align 5
    .globl mn_switch
    .hidden mn_switch
    .type mn_switch, @function
mn_switch:                      # rdi = where to save the stack pointer, rsi = the stack pointer to take
    .cfi_startproc
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
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
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret                         # the CPU pairs calls and returns: the other side left by a call from the same place, so
                                # it predicts this one and those of the callers, which a jump would put out of step
2:  ldmxcsr (%rsp)
    jmp 1b
3:  fldcw 4(%rsp)
    jmp 4b
    .cfi_endproc
    .size mn_switch, .-mn_switch

# The first code on a new stack: prepare_stack has put the function to call into r12.
    .p2align 4
    .globl mn_first_frame
    .hidden mn_first_frame
    .type mn_first_frame, @function
mn_first_frame:
    .cfi_startproc
    .cfi_undefined rip          # a backtrace ends here
    callq *%r12
    ud2
    .cfi_endproc
    .size mn_first_frame, .-mn_first_frame

    .section .note.GNU-stack, "", @progbits
