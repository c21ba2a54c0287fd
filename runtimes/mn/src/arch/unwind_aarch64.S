// mn_bridge(sp, f, arg): calls f(arg) with unwind rules that lead from here to the frames of a saved stack.
//
// x19 keeps the saved stack pointer during the call. The rules then say: the caller's frame address (CFA) is x19 + 176,
// and its registers lie where mn_switch has stored them (switch_aarch64.S). So the unwinder restores the registers of
// mn_switch's caller; the stack of this thread is left out of the walk.
//
// Where return addresses are signed (PAC), the saved one is, with that CFA; the one of this function is not.

    .text
    .p2align 4
    .globl mn_bridge
    .hidden mn_bridge
    .type mn_bridge, %function
mn_bridge:                      // x0 = saved stack pointer, x1 = f, x2 = arg
    .cfi_startproc
#if defined(__ARM_FEATURE_PAC_DEFAULT) && (__ARM_FEATURE_PAC_DEFAULT & 2)
    .cfi_b_key_frame
#endif
    hint #34                    // bti c; nothing where there is no such check
    stp x29, x30, [sp, #-32]!
    .cfi_adjust_cfa_offset 32
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    str x19, [sp, #16]
    .cfi_rel_offset x19, 16
    mov x19, x0
    mov x0, x2
    .cfi_remember_state
    .cfi_def_cfa x19, 176
    .cfi_offset x19, -160
    .cfi_offset x20, -152
    .cfi_offset x21, -144
    .cfi_offset x22, -136
    .cfi_offset x23, -128
    .cfi_offset x24, -120
    .cfi_offset x25, -112
    .cfi_offset x26, -104
    .cfi_offset x27, -96
    .cfi_offset x28, -88
    .cfi_offset x29, -80
    .cfi_offset x30, -72
    .cfi_offset d8, -64
    .cfi_offset d9, -56
    .cfi_offset d10, -48
    .cfi_offset d11, -40
    .cfi_offset d12, -32
    .cfi_offset d13, -24
    .cfi_offset d14, -16
    .cfi_offset d15, -8
#if defined(__ARM_FEATURE_PAC_DEFAULT)
    .cfi_negate_ra_state
#endif
    blr x1
    nop                         // the return address belongs to the rules above
    .cfi_restore_state
    ldr x19, [sp, #16]
    .cfi_restore x19
    ldp x29, x30, [sp], #32
    .cfi_adjust_cfa_offset -32
    .cfi_restore x29
    .cfi_restore x30
    ret
    .globl mn_bridge_end
    .hidden mn_bridge_end
mn_bridge_end:
    .cfi_endproc
    .size mn_bridge, .-mn_bridge

// The entry is a landing pad (BTI), and nothing here stands in the way of signed return addresses.
#if defined(__ARM_FEATURE_BTI_DEFAULT) || defined(__ARM_FEATURE_PAC_DEFAULT)
    .pushsection .note.gnu.property, "a", %note
    .balign 8
    .long 4, 16, 5              // lengths of name and descriptor, NT_GNU_PROPERTY_TYPE_0
    .asciz "GNU"
    .long 0xc0000000, 4         // GNU_PROPERTY_AARCH64_FEATURE_1_AND
    .long 3                     // BTI and PAC
    .long 0
    .popsection
#endif

    .section .note.GNU-stack, "", %progbits
