// The switch for AAPCS64 (64-bit Arm).
//
// Callee-saved are x19 to x28, the frame pointer x29, the low halves of v8 to v15, and FPCR, whose rounding and
// trapping modes belong to the caller. The link register x30 is where to go on. FPSR, the sticky flags, is not kept.
// FPCR is nearly always the same on both sides; writing it may flush the pipeline, comparing it does not.
//
// A saved stack, from the saved pointer upwards (saved_frame in switch_aarch64.cpp):
//     0  FPCR                    8  unused
//    16  x19, x20, … x28       (10 registers of 8 bytes)
//    96  x29                   104  x30
//   112  d8, d9, … d15         (8 registers of 8 bytes)
//   176  the caller's stack pointer
//
// Where the compiler is told to (-mbranch-protection): every entry is a landing pad (BTI), and x30 is signed while it
// lies on the stack (PAC). The signature covers the stack pointer at entry, which is the same when the stack is taken up
// again, on whatever thread: a process has one set of keys. prepare_stack signs the first one.
//
// The unwind rules hold for both sides of the switch, because every saved stack has this layout.
// Guarded control stacks (GCS) are not switched, so the file is not marked as fit for them.

#if defined(__ARM_FEATURE_PAC_DEFAULT) && (__ARM_FEATURE_PAC_DEFAULT & 2)
#define SIGN hint #27           // pacibsp
#define AUTHENTICATE hint #31   // autibsp
#define SIGNED_BY_B .cfi_b_key_frame
#elif defined(__ARM_FEATURE_PAC_DEFAULT) && (__ARM_FEATURE_PAC_DEFAULT & 1)
#define SIGN hint #25           // paciasp; a landing pad by itself, as pacibsp is
#define AUTHENTICATE hint #29   // autiasp
#define SIGNED_BY_B
#elif defined(__ARM_FEATURE_BTI_DEFAULT)
#define LANDING_PAD hint #34    // bti c
#endif

#define SAVED_BYTES 176

    .text
    .p2align 5
    .globl mn_switch
    .hidden mn_switch
    .type mn_switch, %function
mn_switch:                      // x0 = where to save the stack pointer, x1 = the stack pointer to take
    .cfi_startproc
#if defined(SIGN)
    SIGNED_BY_B
    SIGN
    .cfi_negate_ra_state
#elif defined(LANDING_PAD)
    LANDING_PAD
#endif
    sub sp, sp, #SAVED_BYTES
    .cfi_def_cfa_offset SAVED_BYTES
    mrs x9, fpcr
    str x9, [sp]
    stp x19, x20, [sp, #16]
    .cfi_rel_offset x19, 16
    .cfi_rel_offset x20, 24
    stp x21, x22, [sp, #32]
    .cfi_rel_offset x21, 32
    .cfi_rel_offset x22, 40
    stp x23, x24, [sp, #48]
    .cfi_rel_offset x23, 48
    .cfi_rel_offset x24, 56
    stp x25, x26, [sp, #64]
    .cfi_rel_offset x25, 64
    .cfi_rel_offset x26, 72
    stp x27, x28, [sp, #80]
    .cfi_rel_offset x27, 80
    .cfi_rel_offset x28, 88
    stp x29, x30, [sp, #96]
    .cfi_rel_offset x29, 96
    .cfi_rel_offset x30, 104
    stp d8, d9, [sp, #112]
    .cfi_rel_offset d8, 112
    .cfi_rel_offset d9, 120
    stp d10, d11, [sp, #128]
    .cfi_rel_offset d10, 128
    .cfi_rel_offset d11, 136
    stp d12, d13, [sp, #144]
    .cfi_rel_offset d12, 144
    .cfi_rel_offset d13, 152
    stp d14, d15, [sp, #160]
    .cfi_rel_offset d14, 160
    .cfi_rel_offset d15, 168
    mov x10, sp
    str x10, [x0]
    mov sp, x1

    ldr x11, [sp]
    cmp x9, x11
    b.ne 2f
1:  ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp x29, x30, [sp, #96]
    ldp d8, d9, [sp, #112]
    ldp d10, d11, [sp, #128]
    ldp d12, d13, [sp, #144]
    ldp d14, d15, [sp, #160]
    .cfi_remember_state
    add sp, sp, #SAVED_BYTES
    .cfi_def_cfa_offset 0
    .cfi_restore x19
    .cfi_restore x20
    .cfi_restore x21
    .cfi_restore x22
    .cfi_restore x23
    .cfi_restore x24
    .cfi_restore x25
    .cfi_restore x26
    .cfi_restore x27
    .cfi_restore x28
    .cfi_restore x29
    .cfi_restore x30
    .cfi_restore d8
    .cfi_restore d9
    .cfi_restore d10
    .cfi_restore d11
    .cfi_restore d12
    .cfi_restore d13
    .cfi_restore d14
    .cfi_restore d15
#if defined(SIGN)
    AUTHENTICATE
    .cfi_negate_ra_state
#endif
    ret
    .cfi_restore_state
2:  msr fpcr, x11
    b 1b
    .cfi_endproc
    .size mn_switch, .-mn_switch

// The first code on a new stack: prepare_stack has put the function to call into x19. The nop is never run: unwinders
// look up the byte before a return address, and in a stack that has not run yet this function's address is one.
    .p2align 4
    .cfi_startproc
    .cfi_undefined x30          // a backtrace ends here
    nop
    .globl mn_first_frame
    .hidden mn_first_frame
    .type mn_first_frame, %function
mn_first_frame:                 // reached by ret, so no landing pad
    blr x19
    brk #1000
    .cfi_endproc
    .size mn_first_frame, .-mn_first_frame

// Says what of this the file keeps to; the linker marks a program only where all its files do.
#if defined(__ARM_FEATURE_BTI_DEFAULT) || defined(__ARM_FEATURE_PAC_DEFAULT)
    .pushsection .note.gnu.property, "a", %note
    .balign 8
    .long 4                     // length of the name
    .long 16                    // length of the descriptor
    .long 5                     // NT_GNU_PROPERTY_TYPE_0
    .asciz "GNU"
    .long 0xc0000000            // GNU_PROPERTY_AARCH64_FEATURE_1_AND
    .long 4
#if defined(__ARM_FEATURE_BTI_DEFAULT) && defined(__ARM_FEATURE_PAC_DEFAULT)
    .long 3
#elif defined(__ARM_FEATURE_PAC_DEFAULT)
    .long 2
#else
    .long 1
#endif
    .long 0                     // padding to 8 bytes
    .popsection
#endif

    .section .note.GNU-stack, "", %progbits
