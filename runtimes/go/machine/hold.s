// Empty: with an assembler file in the package, the compiler takes functions without a body (hold.go).
