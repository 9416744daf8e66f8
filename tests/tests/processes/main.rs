//! Resource usage of child processes: descriptors, memory, CPU time and instructions.
//!
//! Each test starts this binary again as the process to measure.

mod exhaustion;
mod password_memory;
mod token_instructions;
